using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.BuildTasks;

public static class BuildTaskReactions
{
    public static IEnumerable<object> When(BuildTaskReported e) => [new VerifyBuildReport(e.BuildTaskId, e.BuildId, e.Report.Artifacts)];

    public static IEnumerable<object> When(BuildTaskSucceeded e, BuildTask task) =>
        [.. PackagesToRepositories(e.Artifacts, task), new RecordTaskOutcome(e.BuildId, e.BuildTaskId, BuildTaskOutcome.Completed)];

    public static IEnumerable<object> When(BuildArtifactsSigned e, BuildTask task) => [.. PackagesToRepositories(e.Artifacts, task)];

    public static IEnumerable<object> When(BuildTaskFailed e) => [new RecordTaskOutcome(e.BuildId, e.BuildTaskId, BuildTaskOutcome.Failed)];

    public static IEnumerable<object> When(BuildTaskExcluded e) => [new RecordTaskOutcome(e.BuildId, e.BuildTaskId, BuildTaskOutcome.Excluded)];

    private static IEnumerable<AddRepositoryPackages> PackagesToRepositories(IReadOnlyList<BuildArtifact> artifacts, BuildTask task) => artifacts
        .Where(a => a is { IsPackage: true, IsSignedText: false })
        .GroupBy(task.Repositories.For, a => new RepositoryPackage(RepositoryPackage.PathOf(a.Name), a.Name, a.Href, a.Sha256, a.SizeBytes))
        .Where(packages => packages.Key is not null)
        .Select(packages => new AddRepositoryPackages(packages.Key!.Value, [.. packages])); // the line above leaves out null
}
