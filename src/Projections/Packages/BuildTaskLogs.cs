using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Packages;

public static class BuildTaskLogs
{
    /// <summary>Digests of the logs a node sent, the one that tells most first: a build's output, then the node's own log, then others.</summary>
    public static IEnumerable<string> LogDigests(this BuildTaskDetails task) => task.Artifacts
        .Where(a => a is { Type: ArtifactType.BuildLog, Sha256: not null })
        .OrderBy(a => Rank(a.Name)).ThenBy(a => a.Id)
        .Select(a => a.Sha256!); // the line above leaves out null

    private static int Rank(string name) =>
        name.StartsWith("mock_build.", StringComparison.Ordinal) ? 0 : name.StartsWith("albs.", StringComparison.Ordinal) ? 1 : 2;
}
