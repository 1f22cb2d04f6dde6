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

        var isAwaited = release.Awaits(command.Attempt, ReleasePhase.Taking) || release.Awaits(command.Attempt, ReleasePhase.Withdrawing);
        if (!isAwaited || !release.Pending.Contains(command.RepositoryId))
            return [];

        var published = new ReleaseTargetPublished(release.ReleaseId, release.Attempt, command.RepositoryId, command.Warnings);
        return release.Apply(published) is { Pending.IsEmpty: true } ended ? [published, EndOf(ended)] : [published];
    }

    private static IReleaseEvent EndOf(Release release) => release.Phase is ReleasePhase.Taking
        ? new ReleaseCompleted(release.ReleaseId, release.Attempt, ReleaseMessages.Committed(release.Warnings))
        : new ReleaseReverted(release.ReleaseId, release.Attempt, ReleaseMessages.Reverted(release.Warnings));
}
