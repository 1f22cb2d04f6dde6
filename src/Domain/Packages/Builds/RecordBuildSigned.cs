namespace EventSourced.Domain.Packages.Builds;

/// <summary>A sign task has ended well. What completed after it was handed out is not signed by it.</summary>
/// <param name="BuildId">The build.</param>
/// <param name="SignTaskId">The sign task.</param>
/// <param name="BuildTasks">The tasks whose packages it signed.</param>
public sealed record RecordBuildSigned(BuildId BuildId, SignTaskId SignTaskId, IReadOnlyList<BuildTaskId> BuildTasks);

public static class RecordBuildSignedHandler
{
    public static IReadOnlyList<IBuildEvent> Handle(RecordBuildSigned command, Build? build)
    {
        if (build is null)
            throw new RuleViolationException(BuildErrors.Unknown, $"There is no {command.BuildId.StreamKey}.");

        if (build.IsSigned || build.LastSignTask == command.SignTaskId)
            return [];

        var unsigned = build.Completed.Except(command.BuildTasks).OrderBy(t => t.Value).ToList();
        return unsigned is []
            ? [new BuildSigned(build.BuildId, command.SignTaskId, command.BuildTasks)]
            : [new BuildPartlySigned(build.BuildId, command.SignTaskId, unsigned)];
    }
}
