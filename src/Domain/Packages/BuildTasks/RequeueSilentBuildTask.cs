namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>The lease of an attempt has run out.</summary>
public sealed record RequeueSilentBuildTask(BuildTaskId BuildTaskId, int Attempt);

public static class RequeueSilentBuildTaskHandler
{
    public static IReadOnlyList<IBuildTaskEvent> Handle(RequeueSilentBuildTask command, BuildTask? task)
    {
        // It has ended, or was handed out again, since the lease was looked at.
        if (task is not { Status: BuildTaskStatus.Started } || task.Attempt != command.Attempt)
            return [];

        return [CancelBuildTaskHandler.Return(task, "The node fell silent.")];
    }
}
