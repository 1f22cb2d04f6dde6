namespace EventSourced.Domain.Packages.Builds;

/// <summary>A release of the build's packages has ended, or was taken back.</summary>
public sealed record RecordBuildRelease(BuildId BuildId, ReleaseId ReleaseId, BuildReleaseOutcome Outcome);

public enum BuildReleaseOutcome
{
    Released,
    Failed,
    Reverted,
}

public static class RecordBuildReleaseHandler
{
    public static IReadOnlyList<IBuildEvent> Handle(RecordBuildRelease command, Build? build)
    {
        if (build is null)
            throw new RuleViolationException(BuildErrors.Unknown, $"There is no {command.BuildId.StreamKey}.");

        var isLast = build.ReleaseId == command.ReleaseId;
        return command.Outcome switch
        {
            BuildReleaseOutcome.Released => isLast && build.IsReleased ? [] : [new BuildReleased(build.BuildId, command.ReleaseId)],

            // What another release has brought out stays out.
            BuildReleaseOutcome.Failed => isLast || build.IsReleased ? [] : [new BuildReleaseFailed(build.BuildId, command.ReleaseId)],
            _ => isLast ? [new BuildReleaseReverted(build.BuildId, command.ReleaseId)] : [],
        };
    }
}
