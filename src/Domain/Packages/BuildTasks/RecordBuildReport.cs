using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>A report has been looked at.</summary>
/// <param name="BuildTaskId">The task.</param>
/// <param name="Artifacts">What was reported, with sizes and what each package says about itself.</param>
/// <param name="Error">Why the report cannot be believed; null when it can.</param>
public sealed record RecordBuildReport(BuildTaskId BuildTaskId, IReadOnlyList<BuildArtifact> Artifacts, string? Error);

public static class RecordBuildReportHandler
{
    public static IReadOnlyList<IBuildTaskEvent> Handle(RecordBuildReport command, BuildTask? task)
    {
        if (task is null)
            throw new RuleViolationException(BuildTaskErrors.Unknown, $"There is no {command.BuildTaskId.StreamKey}.");

        // The effect runs at least once; only the first result counts.
        if (task.Status is not BuildTaskStatus.Reported)
            return [];

        if (task.Report is { Outcome: not BuildTaskOutcome.Completed } failure)
            return [Failed(command, task, failure)];

        return command.Error is { } error
            ? [new BuildTaskFailed(task.BuildTaskId, task.BuildId, Report: null, error)]
            : [new BuildTaskSucceeded(task.BuildTaskId, task.BuildId, [.. Kept(command.Artifacts, task)])];
    }

    /// <summary>It stays what the node said; a source package that cannot be believed counts as none, as does one where another was handed over meanwhile.</summary>
    private static IBuildTaskEvent Failed(RecordBuildReport command, BuildTask task, BuildTaskReported said) => (task.HandedPackage, command.Error) switch
    {
        (not null, _) => FinishBuildTaskHandler.EndWithoutSource(task, said.Outcome, said.Report, said.Error),
        (null, { } error) => FinishBuildTaskHandler.EndWithoutSource(task, said.Outcome, said.Report, said.Error is { } known ? $"{known}\n{error}" : error),
        _ => FinishBuildTaskHandler.End(task, said.Outcome, said.Report with { Artifacts = BuildArtifact.Replace(said.Report.Artifacts, command.Artifacts) }, said.Error),
    };

    private static IEnumerable<BuildArtifact> Kept(IReadOnlyList<BuildArtifact> artifacts, BuildTask task)
    {
        IEnumerable<BuildArtifact> handed = task.HandedPackage is { } source ? [source] : [];
        return handed.Concat(artifacts.Where(a => a.IsKept(task.Arch, handed.Any())));
    }
}
