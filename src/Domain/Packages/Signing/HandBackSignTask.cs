namespace EventSourced.Domain.Packages.Signing;

/// <summary>A sign node that has to stop returns a task unfinished, so that another one need not wait for its silence.</summary>
/// <param name="SignTaskId">The task.</param>
/// <param name="Node">Principal key of who holds it.</param>
/// <param name="Attempt">The attempt it worked on; null from nodes that do not know.</param>
public sealed record HandBackSignTask(SignTaskId SignTaskId, string Node, int? Attempt);

public static class HandBackSignTaskHandler
{
    public static IReadOnlyList<ISignTaskEvent> Handle(HandBackSignTask command, SignTask? task)
    {
        if (task is null)
            throw new RuleViolationException(SignTaskErrors.Unknown, $"There is no {command.SignTaskId.StreamKey}.");

        if (!task.Holders.Contains(command.Node))
            throw new RuleViolationException(SignTaskErrors.NeverHeld, $"{command.Node} never held {task.Id}.");

        // It has ended, was returned before, or is somebody else's by now: nothing is left to hand back.
        if (task.Status is not SignTaskStatus.Started || task.Holder != command.Node || (command.Attempt ?? task.Attempt) != task.Attempt)
            return [];

        return [new SignTaskRequeued(task.SignTaskId, task.BuildId, task.Attempt, "The node handed it back.")];
    }
}
