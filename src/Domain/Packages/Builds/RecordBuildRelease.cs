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

        var isOut = build.Releases.Contains(command.ReleaseId);
        return command.Outcome switch
        {
            BuildReleaseOutcome.Released => isOut ? [] : [new BuildReleased(build.BuildId, command.ReleaseId)],

            // What another release has brought out stays out.
            BuildReleaseOutcome.Failed => build.IsReleased || build.ReleaseId == command.ReleaseId ? [] : [new BuildReleaseFailed(build.BuildId, command.ReleaseId)],
            _ => isOut ? [new BuildReleaseReverted(build.BuildId, command.ReleaseId, LastBesides(command.ReleaseId, build))] : [],
        };
    }

    private static ReleaseId? LastBesides(ReleaseId release, Build build) => build.Releases.Remove(release) is [.., var last] ? last : null;
}
