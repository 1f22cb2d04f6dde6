using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Releases;

/// <summary>A completed task of a build, and what it delivered.</summary>
/// <param name="BuildId">The build.</param>
/// <param name="Arch">An arch, or <c>src</c>.</param>
/// <param name="Artifacts">What it delivered.</param>
/// <param name="Index">Place of its package in the build.</param>
/// <param name="Rank">0 when it was built for the platform that is released to; more for those compatible with it.</param>
public sealed record CompletedTask(BuildId BuildId, string Arch, IReadOnlyList<BuildArtifact> Artifacts, int Index = 0, int Rank = 0);

/// <summary>A package that a build has; once, however many tasks have it.</summary>
/// <param name="BuildId">The build.</param>
/// <param name="Artifact">The first file of its name.</param>
/// <param name="TaskArches">Arches of the tasks that have it.</param>
/// <param name="SourceOfTask">File name of the source package of the first of these tasks; null where it has none.</param>
public sealed record BuiltPackage(BuildId BuildId, BuildArtifact Artifact, IReadOnlyList<string> TaskArches, string? SourceOfTask = null)
{
    public string FileName => Artifact.Name;

    public string Arch => IsSource ? ReleasePlan.Source : Artifact.Meta?.Arch ?? TaskArches[0];

    internal bool IsSource => Artifact.IsSourcePackage;

    /// <summary>File name of its source package, as far as that is known: an rpm names it, a deb only the source's name.</summary>
    internal string Source => (Artifact.Type is ArtifactType.Rpm ? Artifact.Meta?.Source ?? SourceOfTask : SourceOfTask ?? Artifact.Meta?.Source) ?? FileName;

    internal bool IsDebug => Artifact.IsDebugPackage;

    internal bool IsForEveryArch => Arch is "noarch" or "all";

    /// <summary>As it lies in a repository.</summary>
    public RepositoryPackage InRepository =>
        new(RepositoryPackage.PathOf(FileName), FileName, Artifact.Href, Artifact.Sha256, Artifact.SizeBytes, Artifact.Meta?.Epoch);

    /// <summary>What the tasks have, in their order. Of a package counts what was built for the platform itself; where nothing was, what was built for a compatible one.</summary>
    public static IReadOnlyList<BuiltPackage> Of(IReadOnlyCollection<CompletedTask> tasks)
    {
        var best = tasks.GroupBy(t => (t.BuildId, t.Index)).ToDictionary(same => same.Key, same => same.Min(t => t.Rank));
        return
        [
            .. tasks.Where(t => t.Rank == best[(t.BuildId, t.Index)]).OrderBy(t => t.Rank)
                .SelectMany(task => task.Artifacts.Where(a => a.IsPackage), (task, artifact) => (Task: task, Artifact: artifact))
                .GroupBy(found => found.Artifact.Name, StringComparer.Ordinal)
                .Select(same => Of([.. same.Select(found => found.Task).Where(t => t.Rank == same.First().Task.Rank)], same.First().Artifact)),
        ];
    }

    private static BuiltPackage Of(IReadOnlyList<CompletedTask> tasks, BuildArtifact artifact) =>
        new(tasks[0].BuildId, artifact, [.. tasks.Select(t => t.Arch).Distinct()], tasks[0].Artifacts.FirstOrDefault(a => a.IsSourcePackage)?.Name);
}
