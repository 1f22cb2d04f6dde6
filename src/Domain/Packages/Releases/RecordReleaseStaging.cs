namespace EventSourced.Domain.Packages.Releases;

/// <summary>A target has answered whether it holds the release's packages.</summary>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="RepositoryId">The target.</param>
/// <param name="Refusal">Why it does not; null when it does.</param>
public sealed record RecordReleaseStaging(ReleaseId ReleaseId, int Attempt, RepositoryId RepositoryId, string? Refusal);

public static class RecordReleaseStagingHandler
{
    public static IReadOnlyList<IReleaseEvent> Handle(RecordReleaseStaging command, Release? release)
    {
        if (release is null)
            throw new RuleViolationException(ReleaseErrors.Unknown, $"There is no {command.ReleaseId.StreamKey}.");

        // Answered before, or too late: an attempt that has ended drops whatever its targets hold.
        if (!release.AwaitsStaging(command.Attempt) || !release.Pending.Contains(command.RepositoryId))
            return [];

        if (command.Refusal is { } reason)
            return [new ReleaseFailed(release.ReleaseId, release.Attempt, ReleaseMessages.CannotCommit(reason))];

        var staged = new ReleaseTargetStaged(release.ReleaseId, release.Attempt, command.RepositoryId);
        return release.Apply(staged).Pending.IsEmpty ? [staged, new ReleaseDecided(release.ReleaseId, release.Attempt)] : [staged];
    }
}
