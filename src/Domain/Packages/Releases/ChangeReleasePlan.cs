namespace EventSourced.Domain.Packages.Releases;

/// <summary>Replaces what is released, or what goes where.</summary>
public sealed record ChangeReleasePlan(ReleaseId ReleaseId, IReadOnlyList<BuildId> Builds, IReadOnlyList<BuildTaskId>? BuildTasks, FreeJson Plan);

public static class ChangeReleasePlanHandler
{
    public static IReadOnlyList<IReleaseEvent> Handle(ChangeReleasePlan command, Release? release)
    {
        if (release is null or { Status: ReleaseStatus.Deleted })
            throw new RuleViolationException(ReleaseErrors.Unknown, $"There is no {command.ReleaseId.StreamKey}.");

        if (release.Status is not (ReleaseStatus.Scheduled or ReleaseStatus.Failed))
            throw new RuleViolationException(ReleaseErrors.NotOpen, $"{release.Id} is {release.Status}.");

        var isSame = release.Plan.Equals(command.Plan) && release.Builds.SequenceEqual(command.Builds)
            && (release.BuildTasks ?? []).SequenceEqual(command.BuildTasks ?? []) && release.BuildTasks is null == command.BuildTasks is null;
        return isSame ? [] : [new ReleasePlanChanged(release.ReleaseId, command.Builds, command.BuildTasks, command.Plan)];
    }
}
