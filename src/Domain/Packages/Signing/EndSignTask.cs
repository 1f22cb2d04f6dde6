namespace EventSourced.Domain.Packages.Signing;

/// <summary>The key of a task was archived: nothing is signed with it any more. What was reported before is still verified.</summary>
public sealed record EndSignTask(SignTaskId SignTaskId);

public static class EndSignTaskHandler
{
    public static IReadOnlyList<ISignTaskEvent> Handle(EndSignTask command, SignTask? task) =>
        task is { Status: SignTaskStatus.Idle or SignTaskStatus.Started }
            ? [new SignTaskFailed(task.SignTaskId, task.BuildId, Report: null, SignTaskKey.Archived)]
            : [];
}
