using System.Text.Json.Nodes;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class BuildDoneMapping
{
    public static FinishBuildTask ToCommand(BuildDoneRequest report, string node, int? attempt, IReadOnlyList<int> artifactIds)
    {
        var outcome = ToOutcome(report.Status);
        return new(
            new BuildTaskId(report.TaskId ?? 0), node, outcome, attempt, [.. report.Artifacts.Zip(artifactIds, (artifact, id) => ToArtifact(artifact, id, outcome))],
            report.GitCommitHash is { Length: > 0 } commit ? commit : null, report.AlmaCommitCasHash, report.IsCasAuthenticated, StartedAt(report.Stats),
            report.Stats.ToFreeJson(), outcome is BuildTaskOutcome.Completed ? null : ErrorOf(report.Artifacts));
    }

    private static BuildTaskOutcome ToOutcome(string status) => status switch
    {
        "done" => BuildTaskOutcome.Completed,
        "excluded" => BuildTaskOutcome.Excluded,
        _ => BuildTaskOutcome.Failed,
    };

    private static BuildArtifact ToArtifact(BuildDoneArtifact artifact, int id, BuildTaskOutcome outcome)
    {
        // Nobody looks at what a failure sent, so its logs are found by where they are; a success has to stand by what it reported.
        var stored = ArtifactHrefs.DigestOf(artifact.Href);
        var digest = outcome is BuildTaskOutcome.Completed ? artifact.Sha256 ?? stored : stored ?? artifact.Sha256;
        var sent = new BuildArtifact(id, artifact.Name, ToType(artifact.Type), artifact.Href, digest, SizeBytes: null, artifact.CasHash);
        return outcome is BuildTaskOutcome.Completed ? sent : sent with { Meta = PackageNames.MetaOf(sent) };
    }

    private static string? ErrorOf(IReadOnlyList<BuildDoneArtifact> artifacts)
    {
        var differing = artifacts.Where(a => a.Sha256 is { } reported && ArtifactHrefs.DigestOf(a.Href) is { } stored && reported != stored)
            .Select(a => $"{a.Name}: the reported SHA-256 {a.Sha256} is not that of the uploaded file, {ArtifactHrefs.DigestOf(a.Href)}.").ToList();
        return differing is [] ? null : string.Join('\n', differing);
    }

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
