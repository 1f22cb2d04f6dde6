using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.BuildTasks;

public static class BuildTaskReactions
{
    public static IEnumerable<object> When(BuildTaskReported e) =>
        [new VerifyBuildReport(e.BuildTaskId, e.BuildId, [.. e.Report.Artifacts.Where(a => e.Outcome is BuildTaskOutcome.Completed || a.IsOfSource)], e.Outcome)];

    public static IEnumerable<object> When(BuildTaskSucceeded e, BuildTask task) =>
        [.. Additions(Own(e.Artifacts, task), task), Outcome(e, BuildTaskOutcome.Completed, task)];

    /// <summary>A source package that was handed over too: the task that delivered it is not told of signatures when it failed.</summary>
    public static IEnumerable<object> When(BuildArtifactsSigned e, BuildTask task) => [.. Additions(e.Artifacts, task)];

    public static IEnumerable<object> When(NoarchPackagesTaken e, BuildTask task) => [.. Additions(Own(e.Artifacts, task), task)];

    /// <summary>Others may still build from the source package that a failed task delivered.</summary>
    public static IEnumerable<object> When(BuildTaskFailed e, BuildTask task) =>
        [.. Additions(Own(e.Report?.Artifacts.Where(a => a.IsOfSource) ?? [], task), task), Outcome(e, BuildTaskOutcome.Failed, task, ran: e.Report is not null)];

    /// <inheritdoc cref="When(BuildTaskFailed, BuildTask)"/>
    public static IEnumerable<object> When(BuildTaskExcluded e, BuildTask task) =>
        [.. Additions(Own(e.Report.Artifacts.Where(a => a.IsOfSource), task), task), Outcome(e, BuildTaskOutcome.Excluded, task)];

    public static IEnumerable<object> When(BuildTaskCancelled e, BuildTask task) => [Outcome(e, BuildTaskOutcome.Cancelled, task)];

    /// <summary>Without the source package that another task has delivered.</summary>
    private static IEnumerable<BuildArtifact> Own(IEnumerable<BuildArtifact> artifacts, BuildTask task) => artifacts.Where(a => !(a.IsOfSource && task.HandedPackage is not null));

    private static IEnumerable<AddRepositoryPackages> Additions(IEnumerable<BuildArtifact> artifacts, BuildTask task) =>
        artifacts.Where(a => a.IsForRepository)
            .GroupBy(task.Repositories.For, a => new RepositoryPackage(RepositoryPackage.PathOf(a.Name), a.Name, a.Href, a.Sha256, a.SizeBytes))
            .Where(packages => packages.Key is not null)
            .Select(packages => new AddRepositoryPackages(packages.Key!.Value, [.. packages])); // the line above leaves out null

    /// <summary>The others of its package learn what it was built from, unless it was handed that itself; where the first one was excluded, from the next.</summary>
    private static RecordTaskOutcome Outcome(IBuildTaskEvent e, BuildTaskOutcome outcome, BuildTask task, bool ran = true) =>
        new(e.BuildId, e.BuildTaskId, outcome, task.SourceFrom is null || (ran && task.HandedPackage is null) ? task.Source : null);
}
