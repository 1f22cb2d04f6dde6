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
        List<BuildArtifact> artifacts = [.. report.Artifacts.Zip(artifactIds, (artifact, id) => ToArtifact(artifact, id, outcome))];
        return new(
            new BuildTaskId(report.TaskId ?? 0), node, outcome, attempt, artifacts,
            report.GitCommitHash is { Length: > 0 } commit ? commit : null, report.AlmaCommitCasHash, report.IsCasAuthenticated, StartedAt(report.Stats),
            report.Stats.ToFreeJson(), outcome is BuildTaskOutcome.Completed ? null : ErrorOf(report.Artifacts.Zip(artifacts)));
    }

    private static BuildTaskOutcome ToOutcome(string status) => status switch
    {
        "done" => BuildTaskOutcome.Completed,
        "excluded" => BuildTaskOutcome.Excluded,
        _ => BuildTaskOutcome.Failed,
    };

    private static BuildArtifact ToArtifact(BuildDoneArtifact artifact, int id, BuildTaskOutcome outcome)
    {
        var stored = ArtifactHrefs.DigestOf(artifact.Href);
        var sent = new BuildArtifact(id, artifact.Name, ToType(artifact.Type), artifact.Href, artifact.Sha256 ?? stored, SizeBytes: null, artifact.CasHash);

        // A success and a source package have to stand by what was reported; nobody looks at what else a failure sent, so its logs are found by where they are.
        if (outcome is BuildTaskOutcome.Completed || sent.IsOfSource)
            return sent;

        var found = sent with { Sha256 = stored ?? sent.Sha256 };
        return found with { Meta = PackageNames.MetaOf(found) };
    }

    private static string? ErrorOf(IEnumerable<(BuildDoneArtifact Sent, BuildArtifact Found)> artifacts)
    {
        var differing = artifacts.Where(a => !a.Found.IsOfSource && a.Sent.Sha256 is { } reported && reported != a.Found.Sha256)
            .Select(a => $"{a.Sent.Name}: the reported SHA-256 {a.Sent.Sha256} is not that of the uploaded file, {a.Found.Sha256}.").ToList();
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
