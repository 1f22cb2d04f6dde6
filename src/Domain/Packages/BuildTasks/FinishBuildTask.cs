using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>A node reports the end of a task it holds, or once held.</summary>
/// <param name="BuildTaskId">The task.</param>
/// <param name="Node">Principal key of who reports.</param>
/// <param name="Outcome">What the node says; <c>Completed</c>, and a source package in any case, is looked at before it counts.</param>
/// <param name="Attempt">The attempt it worked on; null from nodes that do not know, which are not fenced.</param>
/// <param name="Artifacts">What it sent, with ids drawn for them.</param>
/// <param name="GitCommitHash">The commit it built.</param>
/// <param name="AlmaCommitCasHash">That commit's notarization, passed through.</param>
/// <param name="IsCasAuthenticated">Whether the source was notarized.</param>
/// <param name="StartedAt">When it began, by its own clock.</param>
/// <param name="Stats">Its statistics, passed through.</param>
/// <param name="Error">What is wrong with the report of a failure beside its source package; null when nothing is.</param>
public sealed record FinishBuildTask(
    BuildTaskId BuildTaskId, string Node, BuildTaskOutcome Outcome, int? Attempt, IReadOnlyList<BuildArtifact> Artifacts, string? GitCommitHash,
    string? AlmaCommitCasHash, bool IsCasAuthenticated, DateTimeOffset? StartedAt, FreeJson? Stats,
    string? Error = null);

public static class FinishBuildTaskHandler
{
    public static IReadOnlyList<IBuildTaskEvent> Handle(FinishBuildTask command, BuildTask? task)
    {
        if (task is null)
            throw new RuleViolationException(BuildTaskErrors.Unknown, $"There is no {command.BuildTaskId.StreamKey}.");

        // No repeat is silent here: a second report, even the same one, is told that the first has won, whoever sends it: nodes take nothing else for an end (albs 8.5).
        if (task.Status is not (BuildTaskStatus.Idle or BuildTaskStatus.Started))
            throw new RuleViolationException(BuildTaskErrors.AlreadyReported, $"{task.Id} is {task.Status}.");

        if (!task.Holders.Contains(command.Node))
            throw new RuleViolationException(BuildTaskErrors.NeverHeld, $"{command.Node} never held {task.Id}.");

        if (command.Attempt is { } attempt && attempt != task.Attempt)
            throw new RuleViolationException(BuildTaskErrors.StaleAttempt, $"{task.Id} is at attempt {task.Attempt}, not {attempt}.");

        var report = new TaskReport(
            command.Node, task.Attempt, command.Artifacts, command.GitCommitHash, command.AlmaCommitCasHash, command.IsCasAuthenticated, command.StartedAt,
            command.Stats);

        return command.Outcome is BuildTaskOutcome.Completed || (task.HandedPackage is null && report.Artifacts.Any(a => a.IsSourcePackage))
            ? [new BuildTaskReported(task.BuildTaskId, task.BuildId, report, command.Outcome, command.Error)]
            : [EndWithoutSource(task, command.Outcome, report, command.Error)];
    }

    /// <summary>A copy of a source package that was handed over is dropped (albs 9.1), as is one that cannot be believed.</summary>
    internal static IBuildTaskEvent EndWithoutSource(BuildTask task, BuildTaskOutcome outcome, TaskReport report, string? error) =>
        End(task, outcome, report with { Artifacts = [.. report.Artifacts.Where(a => !a.IsOfSource)] }, error);

    internal static IBuildTaskEvent End(BuildTask task, BuildTaskOutcome outcome, TaskReport report, string? error) => outcome is BuildTaskOutcome.Excluded
        ? new BuildTaskExcluded(task.BuildTaskId, task.BuildId, report, error)
        : new BuildTaskFailed(task.BuildTaskId, task.BuildId, report, error);
}
