namespace EventSourced.Domain.Packages.Signing;

/// <summary>The lease of an attempt has run out.</summary>
public sealed record RequeueSilentSignTask(SignTaskId SignTaskId, int Attempt);

public static class RequeueSilentSignTaskHandler
{
    public static IReadOnlyList<ISignTaskEvent> Handle(RequeueSilentSignTask command, SignTask? task)
    {
        // It has ended, or was handed out again, since the lease was looked at.
        if (task is not { Status: SignTaskStatus.Started } || task.Attempt != command.Attempt)
            return [];

        return [new SignTaskRequeued(task.SignTaskId, task.BuildId, task.Attempt, "The node fell silent.")];
    }
}
