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

        return IsNews(command, task) ? [new BuildTaskSourceHandedOver(task.BuildTaskId, task.BuildId, command.From, command.Source)] : [];
    }

    // A package counts for a task that has begun as well: the copy it will send, or has sent, is dropped. Without one, as from another platform, there is but the commit to learn,
    // and the first one counts; its builder it waits for in any case.
    private static bool IsNews(HandOverSource command, BuildTask task) => (command.Source.Package, task.Status) switch
    {
        (not null, BuildTaskStatus.Idle or BuildTaskStatus.Started or BuildTaskStatus.Reported) => task.HandedPackage is null,
        (null, BuildTaskStatus.Idle) => command.From == task.SourceFrom ? !task.WasHandedSource : task.Source.GitCommitHash is null,
        _ => false,
    };
}
