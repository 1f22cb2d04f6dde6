namespace EventSourced.Domain.Packages.Releases;

/// <summary>The lease of an attempt has run out. What may still fail does; what is decided goes on, though not without end.</summary>
public sealed record ResumeRelease(ReleaseId ReleaseId, int Attempt);

public static class ResumeReleaseHandler
{
    public static IReadOnlyList<IReleaseEvent> Handle(ResumeRelease command, Release? release, DateTimeOffset now)
    {
        // It has ended, or another look is due later.
        if (release is not { Status: ReleaseStatus.InProgress } || release.Attempt != command.Attempt || release.LeaseExpiresAt > now)
            return [];

        if (release.Phase is ReleasePhase.Staging)
            return [new ReleaseFailed(release.ReleaseId, release.Attempt, ReleaseMessages.CannotCommit($"repository {release.Pending[0].Value} did not answer in time"))];

        return
        [
            release.IsLost
                ? release.UnpublishedIn(release.Pending[0], "it did not answer in time", now)
                : new ReleaseResumed(release.ReleaseId, release.Attempt, now + release.Lease),
        ];
    }
}
