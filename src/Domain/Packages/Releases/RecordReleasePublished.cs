namespace EventSourced.Domain.Packages.Releases;

/// <summary>Clients of a target see what the release did to it.</summary>
public sealed record RecordReleasePublished(ReleaseId ReleaseId, int Attempt, RepositoryId RepositoryId);

public static class RecordReleasePublishedHandler
{
    public static IReadOnlyList<IReleaseEvent> Handle(RecordReleasePublished command, Release? release)
    {
        if (release is null)
            throw new RuleViolationException(ReleaseErrors.Unknown, $"There is no {command.ReleaseId.StreamKey}.");

        if (!release.AwaitsPublication(command.Attempt, command.RepositoryId))
            return [];

        var published = new ReleaseTargetPublished(release.ReleaseId, release.Attempt, command.RepositoryId);
        return release.Apply(published).Pending.IsEmpty ? [published, EndOf(release)] : [published];
    }

    private static IReleaseEvent EndOf(Release release) => release.Phase switch
    {
        ReleasePhase.Taking => new ReleaseCompleted(release.ReleaseId, release.Attempt, ReleaseMessages.Committed(release.Warnings)),
        ReleasePhase.Undoing => new ReleaseFailed(release.ReleaseId, release.Attempt, release.Failure ?? ""),
        _ => new ReleaseReverted(release.ReleaseId, release.Attempt, ReleaseMessages.Reverted),
    };
}
