namespace EventSourced.Domain.Packages.Releases;

/// <summary>What the release did to a target will never be published.</summary>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="RepositoryId">The target.</param>
/// <param name="Reason">Why not.</param>
public sealed record RecordReleaseUnpublished(ReleaseId ReleaseId, int Attempt, RepositoryId RepositoryId, string Reason);

public static class RecordReleaseUnpublishedHandler
{
    public static IReadOnlyList<IReleaseEvent> Handle(RecordReleaseUnpublished command, Release? release, DateTimeOffset now)
    {
        if (release is null)
            throw new RuleViolationException(ReleaseErrors.Unknown, $"There is no {command.ReleaseId.StreamKey}.");

        // It has been published after all, or the release has given up already.
        return release.AwaitsPublication(command.Attempt, command.RepositoryId) ? [release.UnpublishedIn(command.RepositoryId, command.Reason, now)] : [];
    }
}
