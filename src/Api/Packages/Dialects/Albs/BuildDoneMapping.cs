using System.Text.Json.Nodes;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class BuildDoneMapping
{
    public static FinishBuildTask ToCommand(BuildDoneRequest report, string node, int? attempt, IReadOnlyList<int> artifactIds) => new(
        new BuildTaskId(report.TaskId ?? 0), node, ToOutcome(report.Status), attempt, [.. report.Artifacts.Zip(artifactIds, ToArtifact)],
        report.GitCommitHash is { Length: > 0 } commit ? commit : null, report.AlmaCommitCasHash, report.IsCasAuthenticated, StartedAt(report.Stats),
        report.Stats.ToFreeJson());

    private static BuildTaskOutcome ToOutcome(string status) => status switch
    {
        "done" => BuildTaskOutcome.Completed,
        "excluded" => BuildTaskOutcome.Excluded,
        _ => BuildTaskOutcome.Failed,
    };

    private static BuildArtifact ToArtifact(BuildDoneArtifact artifact, int id) => new(
        id, artifact.Name, ToType(artifact.Type), artifact.Href, artifact.Sha256 ?? ArtifactHrefs.DigestOf(artifact.Href), SizeBytes: null, artifact.CasHash);

    private static ArtifactType ToType(string type) => type switch
    {
        "rpm" => ArtifactType.Rpm,
        "deb" => ArtifactType.Deb,
        _ => ArtifactType.BuildLog,
    };

    /// <summary>By the node's clock, from its statistics; null where they say nothing we can read.</summary>
    private static DateTimeOffset? StartedAt(JsonObject? stats) =>
        stats?["build_node_task"] is JsonObject task && task["start_ts"] is JsonValue value && value.TryGetValue<string>(out var text)
        && AlbsTimeConverter.TryParse(text, out var time) ? time : null;
}
