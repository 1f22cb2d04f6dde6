using System.Text.Json.Nodes;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class NodeTaskMapping
{
    private const int DefaultPriority = 10;

    /// <param name="found">What is known of the task.</param>
    /// <param name="owner">Whose build it is.</param>
    /// <param name="attempt">Which of its attempts this is.</param>
    /// <param name="archOfSources">The arch whose repositories a <c>src</c> task gets.</param>
    /// <param name="absolute">Makes a path of ours an address.</param>
    public static NodeTaskResponse ToResponse(NodeTask found, AlbsUser owner, int attempt, string archOfSources, Func<string, string> absolute)
    {
        var (task, build, platform, _, _) = found;
        var data = NodeTaskData.Merge(
            platform.Settings.Data.ToNode() as JsonObject, build.MockOptions.ToNode() as JsonObject, task.Ref.MockOptions.ToNode() as JsonObject,
            MockOptions.DistOf(task.Ref.GitRef, build.MockOptions, task.Ref.MockOptions), build.IsSecureBoot);

        return new(
            task.Number, task.Arch, build.Number, new(task.Ref.Url, task.Ref.GitRef, task.Ref.Type, task.GitCommitHash),
            new(platform.Name, BuildMapping.TextOf(platform.Type), data), new(owner.Username, owner.Email),
            [.. found.RepositoriesToInstallFrom(archOfSources)
                .Select(r => new NodeTaskRepository(r.Name, absolute(r.Settings.Url ?? ""), r.Settings.Priority ?? DefaultPriority, r.Settings.MockEnabled ?? true))],
            build.LinkedBuilds, found.SourcePackageUrl is { } source ? absolute(source) : null, build.IsSecureBoot,
            task.AlmaCommitCasHash, task.SourcePackage?.Sha256, task.IsCasAuthenticated ?? false, attempt);
    }

    /// <summary>A <c>src</c> task is built with the repositories of the node's first arch that is not <c>src</c> (albs 8.2).</summary>
    public static string ArchOfSources(IReadOnlyList<string> supportedArches) => supportedArches.FirstOrDefault(a => a is not BuildPlan.Source) ?? BuildPlan.Source;
}
