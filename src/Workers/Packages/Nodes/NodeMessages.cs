using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>What this node says and hears: the part of the build system's dialect that it needs.</summary>
internal static class NodeJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}

public sealed record NodeTask(int Id, int Attempt, string Arch, int BuildId, NodeTaskRef Ref, NodeTaskPlatform Platform);

public sealed record NodeTaskRef(string Url, string? GitRef, int? RefType, string? GitCommitHash);

public sealed record NodeTaskPlatform(string Name, string Type, JsonElement Data)
{
    /// <summary>The platform's <c>data.timeout</c>, in seconds on the wire.</summary>
    public TimeSpan? Timeout =>
        Data.ValueKind is JsonValueKind.Object && Data.TryGetProperty("timeout", out var value) && value.TryGetInt32(out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : null;
}

internal sealed record GetTaskRequest(IReadOnlyList<string> SupportedArches, IReadOnlyList<string> ExcludedPackages);

internal sealed record PingRequest(IReadOnlyList<int> ActiveTasks);

internal sealed record PingResponse(IReadOnlyList<int>? LostTasks);

/// <param name="Status"><c>done</c> or <c>failed</c>.</param>
public sealed record BuildReport(
    int TaskId, string Status, IReadOnlyList<ReportedArtifact> Artifacts, IReadOnlyDictionary<string, StepStatistics> Stats, string? GitCommitHash);

/// <param name="Type"><c>deb</c> or <c>build_log</c>.</param>
/// <param name="Href">What the store calls the uploaded file.</param>
public sealed record ReportedArtifact(string Name, string Type, string Href, string Sha256);

/// <summary>Times as the dialect writes them in statistics: UTC with a space.</summary>
public sealed record StepStatistics(string StartTs, string EndTs, string Delta)
{
    private const string Format = "yyyy-MM-dd HH:mm:ss.ffffff";

    public static StepStatistics Of(DateTimeOffset start, DateTimeOffset end) => new(
        start.UtcDateTime.ToString(Format, System.Globalization.CultureInfo.InvariantCulture),
        end.UtcDateTime.ToString(Format, System.Globalization.CultureInfo.InvariantCulture),
        (end - start).ToString("g", System.Globalization.CultureInfo.InvariantCulture));
}
