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
        var canEnd = task.Status is BuildTaskStatus.Idle || (task.Status is BuildTaskStatus.Started && task.Holder is { } holder && NodeId.Owns(holder));
        return canEnd ? [new BuildTaskCancelled(task.BuildTaskId, task.BuildId, Error)] : [];
    }
}
