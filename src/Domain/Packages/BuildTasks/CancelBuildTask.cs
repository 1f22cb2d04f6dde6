namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>The build's owner does not want the task any more.</summary>
public sealed record CancelBuildTask(BuildTaskId BuildTaskId);

public static class CancelBuildTaskHandler
{
    public const string Error = "Build task cancelled by user";

    public static IReadOnlyList<IBuildTaskEvent> Handle(CancelBuildTask command, BuildTask? task)
    {
        if (task is null)
            throw new RuleViolationException(BuildTaskErrors.Unknown, $"There is no {command.BuildTaskId.StreamKey}.");

        // A registered node hears at its next ping that the task is no longer its own; one that speaks only the build system's dialect cannot be told, and goes on.
        return task switch
        {
            { Status: BuildTaskStatus.Idle } => [Cancelled(task)],
            { Status: BuildTaskStatus.Started, Holder: { } holder } when NodeId.Owns(holder) => [Cancelled(task)],
            { Status: BuildTaskStatus.Started, IsUnwanted: false } => [new BuildTaskCancelRequested(task.BuildTaskId, task.BuildId)],
            _ => [],
        };
    }

    /// <summary>The end of an attempt without an outcome: what nobody wants any more is not built again.</summary>
    internal static IBuildTaskEvent Return(BuildTask task, string reason) =>
        task.IsUnwanted ? Cancelled(task) : new BuildTaskRequeued(task.BuildTaskId, task.BuildId, task.Attempt, reason);

    private static BuildTaskCancelled Cancelled(BuildTask task) => new(task.BuildTaskId, task.BuildId, Error);
}
