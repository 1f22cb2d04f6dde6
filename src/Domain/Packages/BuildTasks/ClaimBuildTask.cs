namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>A node asks for work. The queue finds and locks the task; without one nothing happens.</summary>
/// <param name="SupportedArches">What the node can build.</param>
/// <param name="ExcludedPackages">Parts of source URLs it does not want, any case.</param>
/// <param name="Node">Principal key of who asks.</param>
/// <param name="Silence">How long it may stay silent before the task returns to the queue.</param>
/// <param name="MostOfOwner">Tasks of one owner and arch that may be worked on at a time; 0 for any number.</param>
public sealed record ClaimBuildTask(
    IReadOnlyList<string> SupportedArches, IReadOnlyList<string> ExcludedPackages, string Node, TimeSpan Silence, int MostOfOwner = 0);

public static class ClaimBuildTaskHandler
{
    public static IReadOnlyList<IBuildTaskEvent> Handle(ClaimBuildTask command, BuildTask? task, DateTimeOffset now)
    {
        if (task is null)
            return [];

        if (task.Status is not BuildTaskStatus.Idle)
            throw new RuleViolationException(BuildTaskErrors.NotIdle, $"{task.Id} is {task.Status}.");

        return [new BuildTaskAssigned(task.BuildTaskId, task.BuildId, command.Node, task.Attempt + 1, now + command.Silence)];
    }
}
