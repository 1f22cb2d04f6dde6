namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>A task of the package has ended; the others build from what it did.</summary>
/// <param name="BuildTaskId">Who is told.</param>
/// <param name="From">The task that has ended.</param>
/// <param name="Source">What it was built from, with the source package for tasks of its platform.</param>
public sealed record HandOverSource(BuildTaskId BuildTaskId, BuildTaskId From, TaskSource Source);

public static class HandOverSourceHandler
{
    public static IReadOnlyList<IBuildTaskEvent> Handle(HandOverSource command, BuildTask? task)
    {
        if (task is null)
            throw new RuleViolationException(BuildTaskErrors.Unknown, $"There is no {command.BuildTaskId.StreamKey}.");

        // From another platform it learns the commit and nothing else, and the first one counts.
        var isKnown = command.From == task.SourceFrom ? task.WasHandedSource : task.Source.GitCommitHash is not null;
        return isKnown || task.Status is not BuildTaskStatus.Idle
            ? []
            : [new BuildTaskSourceHandedOver(task.BuildTaskId, task.BuildId, command.From, command.Source)];
    }
}
