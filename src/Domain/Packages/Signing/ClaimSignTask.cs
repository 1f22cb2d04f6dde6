namespace EventSourced.Domain.Packages.Signing;

/// <summary>A node that has the key takes a waiting task.</summary>
/// <param name="SignTaskId">The task, as the queue offered it.</param>
/// <param name="Node">Principal key of who asks.</param>
/// <param name="Silence">How long it may stay silent before the task returns to the queue.</param>
/// <param name="Packages">What the build has to be signed now.</param>
/// <param name="BuildTasks">The build's completed tasks, whose packages these are.</param>
public sealed record ClaimSignTask(
    SignTaskId SignTaskId, string Node, TimeSpan Silence, IReadOnlyList<SignPackage> Packages, IReadOnlyList<BuildTaskId> BuildTasks);

public static class ClaimSignTaskHandler
{
    public static IReadOnlyList<ISignTaskEvent> Handle(ClaimSignTask command, SignTask? task, SignTaskKey key, DateTimeOffset now)
    {
        if (task is null)
            throw new RuleViolationException(SignTaskErrors.Unknown, $"There is no {command.SignTaskId.StreamKey}.");

        if (task.Status is not SignTaskStatus.Idle)
            throw new RuleViolationException(SignTaskErrors.NotIdle, $"{task.Id} is {task.Status}.");

        if (key.IsArchived)
            return [new SignTaskFailed(task.SignTaskId, task.BuildId, Report: null, SignTaskKey.Archived)];

        return command.Packages is []
            ? [new SignTaskFailed(task.SignTaskId, task.BuildId, Report: null, "The build has no packages any more.")]
            :
            [
                new SignTaskAssigned(
                    task.SignTaskId, task.BuildId, command.Node, task.Attempt + 1, now + command.Silence, command.Packages, command.BuildTasks),
            ];
    }
}
