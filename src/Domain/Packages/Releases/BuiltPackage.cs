using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Releases;

/// <summary>A completed task of a build, and what it delivered.</summary>
public sealed record CompletedTask(BuildId BuildId, string Arch, IReadOnlyList<BuildArtifact> Artifacts);

/// <summary>A package that a build has; once, however many tasks have it.</summary>
/// <param name="BuildId">The build.</param>
/// <param name="Artifact">The first file of its name.</param>
/// <param name="TaskArches">Arches of the tasks that have it.</param>
public sealed record BuiltPackage(BuildId BuildId, BuildArtifact Artifact, IReadOnlyList<string> TaskArches)
{
    public string FileName => Artifact.Name;

    public string Arch => IsSource ? ReleasePlan.Source : Artifact.Meta?.Arch ?? TaskArches[0];

    internal bool IsSource => Artifact.IsSourcePackage;

    internal bool IsDebug => Artifact.IsDebugPackage;

    internal bool IsForEveryArch => Arch is "noarch" or "all";

    /// <summary>As it lies in a repository.</summary>
    public RepositoryPackage InRepository => new(RepositoryPackage.PathOf(FileName), FileName, Artifact.Href, Artifact.Sha256, Artifact.SizeBytes);

    /// <summary>What the tasks have, in their order.</summary>
    public static IReadOnlyList<BuiltPackage> Of(IEnumerable<CompletedTask> tasks) =>
    [
        .. tasks.SelectMany(task => task.Artifacts.Where(a => a.IsPackage), (task, artifact) => (Task: task, Artifact: artifact))
            .GroupBy(found => found.Artifact.Name, StringComparer.Ordinal)
            .Select(same => new BuiltPackage(same.First().Task.BuildId, same.First().Artifact, [.. same.Select(found => found.Task.Arch).Distinct()])),
    ];
}
