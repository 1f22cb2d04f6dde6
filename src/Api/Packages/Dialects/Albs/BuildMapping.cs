using System.Text.Json.Nodes;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class BuildMapping
{
    public static BuildRef ToRef(BuildTaskRefRequest request)
    {
        var gitRef = request.GitRef is { Length: > 0 } name ? name : null;
        return new(
            request.Url, gitRef, request.RefType ?? BuildRef.TypeOf(request.Url, gitRef), request.MockOptions.ToFreeJson(), request.TestConfiguration.ToFreeJson(),
            request.GitCommitHash is { Length: > 0 } commit ? commit : null, request.IsModule ?? false, request.Enabled ?? true, request.AddedArtifacts,
            Given(request.ModulePlatformVersion), Given(request.ModuleVersion));
    }

    /// <summary>Some clients write the word where they mean null (albs 4.3).</summary>
    private static string? Given(string? text) => text is "null" ? null : text;

    public static BuildPlatform ToPlatform(BuildPlatformRequest request, PlatformDetails platform) => new(
        new(platform.Number), platform.Name, platform.Type, platform.Settings.ArchList ?? [], request.ArchList,
        request.ParallelModeEnabled ?? false, request.IndependentTasks ?? false);

    public static AlbsUser ToUser(int id, KnownUser? user) => new(id, user?.Login ?? $"user-{id}", user?.Mail ?? "");

    /// <param name="build">The build.</param>
    /// <param name="tasks">Its tasks, by id.</param>
    /// <param name="owner">Who asked for it.</param>
    /// <param name="heard">When the holders of its tasks were last heard of.</param>
    /// <param name="signTasks">Its sign tasks, by id.</param>
    /// <remarks>A build is recorded as signed a moment before its files are: it is called signed once they are there.</remarks>
    public static BuildResponse ToResponse(
        BuildDetails build, IReadOnlyCollection<BuildTaskDetails> tasks, AlbsUser owner, IReadOnlyDictionary<int, DateTimeOffset> heard,
        IEnumerable<SignTaskDetails> signTasks) => new(
        build.Number, build.CreatedAt, build.FinishedAt,
        [.. tasks.Select(t => ToResponse(t, build, heard.TryGetValue(t.Number, out var seen) ? seen : null))],
        owner, owner, build.LinkedBuilds, build.MockOptions.ToNode(), [.. signTasks.Select(SignMapping.ToBuildSignTask)],
        PlatformFlavors: [], build.ReleaseId, build.IsReleased, build.IsSigned && !tasks.Any(t => t.LacksSignatures()),
        CancelTesting: false, Products: []);

    public static int StatusOf(BuildTaskStatus status) => status switch
    {
        BuildTaskStatus.Idle => 0,
        BuildTaskStatus.Started or BuildTaskStatus.Reported => 1, // to clients a task is finished once its report was looked at
        BuildTaskStatus.Completed => 2,
        BuildTaskStatus.Failed => 3,
        BuildTaskStatus.Excluded => 4,
        BuildTaskStatus.Cancelled => 5,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No number in the dialect."),
    };

    private static BuildTaskResponse ToResponse(BuildTaskDetails task, BuildDetails build, DateTimeOffset? heard) => new(
        task.Number, task.FinishedAt ?? heard ?? task.AssignedAt, task.StartedAt, task.FinishedAt, StatusOf(task.Status), task.Index, task.Arch,
        new(task.Platform.PlatformId.Value, TextOf(task.Platform.Type), task.Platform.Name, task.Platform.ArchList),
        new(task.Ref.Url, task.Ref.GitRef, task.Ref.Type, task.GitCommitHash, task.Ref.IsModule, task.Ref.Enabled, task.Ref.TestConfiguration.ToNode(),
            task.Ref.AddedArtifacts ?? [], task.Ref.ModulePlatformVersion, task.Ref.ModuleVersion),
        [.. task.Artifacts.OrderBy(a => a.Id).Select(ToResponse)], RpmModules: [], TestTasks: [], task.Ref.MockOptions.ToNode(), build.IsSecureBoot,
        task.IsCasAuthenticated, task.AlmaCommitCasHash, task.Error,
        task.IsCasAuthenticated is null ? [] : [new(task.Number, task.Number, null, null, StatisticsOf(task))]);

    /// <summary>Of a task that was reported.</summary>
    private static JsonObject StatisticsOf(BuildTaskDetails task) =>
        new() { ["build_node_stats"] = task.Stats.ToNode() ?? new JsonObject(), ["build_done_stats"] = new JsonObject() };

    private static BuildArtifactResponse ToResponse(BuildArtifact artifact) => new(
        artifact.Id, artifact.Name, TextOf(artifact.Type), artifact.Href, artifact.CasHash, artifact.Meta is { } meta ? ToNode(meta) : null);

    private static JsonObject ToNode(PackageMeta meta)
    {
        var node = new JsonObject
        {
            ["name"] = meta.Name,
            ["epoch"] = meta.Epoch,
            ["version"] = meta.Version,
            ["release"] = meta.Release,
            ["arch"] = meta.Arch,
            ["sha256"] = meta.Sha256,
        };
        if (meta.Control is { } control)
            node["control"] = new JsonObject(control.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)JsonValue.Create(c.Value))));

        return node;
    }

    public static string TextOf(PlatformType type) => type is PlatformType.Deb ? "deb" : "rpm";

    private static string TextOf(ArtifactType type) => type switch
    {
        ArtifactType.Rpm => "rpm",
        ArtifactType.Deb => "deb",
        _ => "build_log",
    };
}
