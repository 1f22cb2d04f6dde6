namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>A node that has to stop returns a task unfinished, so that another one need not wait for its silence.</summary>
/// <param name="BuildTaskId">The task.</param>
/// <param name="Node">Principal key of who holds it.</param>
/// <param name="Attempt">The attempt it worked on; null from nodes that do not know.</param>
public sealed record HandBackBuildTask(BuildTaskId BuildTaskId, string Node, int? Attempt);

public static class HandBackBuildTaskHandler
{
    public static IReadOnlyList<IBuildTaskEvent> Handle(HandBackBuildTask command, BuildTask? task)
    {
        if (task is null)
            throw new RuleViolationException(BuildTaskErrors.Unknown, $"There is no {command.BuildTaskId.StreamKey}.");

        if (!task.Holders.Contains(command.Node))
            throw new RuleViolationException(BuildTaskErrors.NeverHeld, $"{command.Node} never held {task.Id}.");

        // It has ended, was returned before, or is somebody else's by now: nothing is left to hand back.
        if (task.Status is not BuildTaskStatus.Started || task.Holder != command.Node || (command.Attempt ?? task.Attempt) != task.Attempt)
            return [];

        return [CancelBuildTaskHandler.Return(task, "The node handed it back.")];
    }
}
