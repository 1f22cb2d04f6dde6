namespace EventSourced.Domain.Packages.Releases;

/// <summary>Takes a release back: its packages leave their repositories.</summary>
public sealed record RevertRelease(ReleaseId ReleaseId, TimeSpan Lease);

public static class RevertReleaseHandler
{
    public static IReadOnlyList<IReleaseEvent> Handle(RevertRelease command, Release? release, DateTimeOffset now)
    {
        if (release is null or { Status: ReleaseStatus.Deleted })
            throw new RuleViolationException(ReleaseErrors.Unknown, $"There is no {command.ReleaseId.StreamKey}.");

        if (release.Status is not ReleaseStatus.Completed)
            throw new RuleViolationException(ReleaseErrors.NotCompleted, $"{release.Id} is {release.Status}.");

        return [new ReleaseRevertBegun(release.ReleaseId, release.Attempt + 1, command.Lease, now + command.Lease)];
    }
}
