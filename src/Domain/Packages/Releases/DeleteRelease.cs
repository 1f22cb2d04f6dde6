namespace EventSourced.Domain.Packages.Releases;

/// <summary>Gives up a plan that was never carried out.</summary>
public sealed record DeleteRelease(ReleaseId ReleaseId);

public static class DeleteReleaseHandler
{
    public static IReadOnlyList<IReleaseEvent> Handle(DeleteRelease command, Release? release)
    {
        if (release is null or { Status: ReleaseStatus.Deleted })
            throw new RuleViolationException(ReleaseErrors.Unknown, $"There is no {command.ReleaseId.StreamKey}.");

        if (release.Status is not ReleaseStatus.Scheduled)
            throw new RuleViolationException(ReleaseErrors.NotScheduled, $"{release.Id} is {release.Status}.");

        return [new ReleaseDeleted(release.ReleaseId)];
    }
}
