namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>There will be no source package to build from.</summary>
/// <param name="BuildTaskId">The task.</param>
/// <param name="FailedArch">The arch whose build had to deliver it.</param>
public sealed record FailBuildTaskFast(BuildTaskId BuildTaskId, string FailedArch);

public static class FailBuildTaskFastHandler
{
    public static IReadOnlyList<IBuildTaskEvent> Handle(FailBuildTaskFast command, BuildTask? task)
    {
        if (task is null)
            throw new RuleViolationException(BuildTaskErrors.Unknown, $"There is no {command.BuildTaskId.StreamKey}.");

        return task is { Status: BuildTaskStatus.Idle, HandedPackage: null }
            ? [new BuildTaskFailed(task.BuildTaskId, task.BuildId, Report: null, $"Fast failed: the build for {command.FailedArch} failed without a source package.")]
            : [];
    }
}
