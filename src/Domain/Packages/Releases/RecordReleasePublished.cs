namespace EventSourced.Domain.Packages.Releases;

/// <summary>Clients of a target see what the release did to it.</summary>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="RepositoryId">The target.</param>
/// <param name="Warnings">What a person has to know of it; null without.</param>
public sealed record RecordReleasePublished(ReleaseId ReleaseId, int Attempt, RepositoryId RepositoryId, IReadOnlyList<string>? Warnings = null);

public static class RecordReleasePublishedHandler
{
    public static IReadOnlyList<IReleaseEvent> Handle(RecordReleasePublished command, Release? release)
    {
        if (release is null)
            throw new RuleViolationException(ReleaseErrors.Unknown, $"There is no {command.ReleaseId.StreamKey}.");

        if (!release.AwaitsPublication(command.Attempt, command.RepositoryId))
            return [];

        var published = new ReleaseTargetPublished(release.ReleaseId, release.Attempt, command.RepositoryId, command.Warnings);
        return release.Apply(published) is { Pending.IsEmpty: true } ended ? [published, EndOf(ended)] : [published];
    }

    private static IReleaseEvent EndOf(Release release) => release.Phase switch
    {
        ReleasePhase.Taking => new ReleaseCompleted(release.ReleaseId, release.Attempt, ReleaseMessages.Committed(release.Warnings)),
        ReleasePhase.Undoing => new ReleaseFailed(release.ReleaseId, release.Attempt, release.Failure ?? ""),
        _ => new ReleaseReverted(release.ReleaseId, release.Attempt, ReleaseMessages.Reverted(release.Warnings)),
    };
}
