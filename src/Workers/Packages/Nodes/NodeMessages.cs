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

/// <param name="Id">Its number.</param>
/// <param name="Attempt">Which of its attempts this is.</param>
/// <param name="Arch">An arch, or <c>src</c>.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Ref">Where the source is.</param>
/// <param name="Platform">What it is built for.</param>
/// <param name="BuiltSrpmUrl">The source package that was built before: a <c>.src.rpm</c> or a <c>.dsc</c>.</param>
/// <param name="SrpmHash">SHA-256 of that file, where it is known.</param>
/// <param name="Repositories">Where build dependencies come from that the machine does not have.</param>
public sealed record NodeTask(
    int Id, int Attempt, string Arch, int BuildId, NodeTaskRef Ref, NodeTaskPlatform Platform, string? BuiltSrpmUrl = null, string? SrpmHash = null,
    IReadOnlyList<NodeTaskRepository>? Repositories = null)
{
    /// <summary>What has to come out of it.</summary>
    public BuildStage Stage => Arch is "src" ? BuildStage.Source : BuiltSrpmUrl is null ? BuildStage.SourceAndBinaries : BuildStage.Binaries;
}

public sealed record NodeTaskRef(string Url, string? GitRef, int? RefType, string? GitCommitHash)
{
    private const int SourcePackageUrl = 3;

    public bool IsSourcePackage => RefType is SourcePackageUrl;
}

/// <param name="Name">Its name.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Priority">The lower, the sooner a package is taken from it.</param>
/// <param name="MockEnabled">Whether builds use it.</param>
public sealed record NodeTaskRepository(string Name, string Url, int Priority = 10, bool MockEnabled = true);

public sealed record NodeTaskPlatform(string Name, string Type, JsonElement Data)
{
    /// <summary>The platform's <c>data.timeout</c>, in seconds on the wire.</summary>
    public TimeSpan? Timeout =>
        Data.ValueKind is JsonValueKind.Object && Data.TryGetProperty("timeout", out var value) && value.TryGetInt32(out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary><c>data.container.image</c>, an addition of ours: the image whose tools its packages are built with. Null where it has no <c>container</c>.</summary>
    /// <exception cref="BuildResultException">It has one that names no image.</exception>
    public string? FindImage()
    {
        if (Data.ValueKind is not JsonValueKind.Object || !Data.TryGetProperty("container", out var container))
            return null;

        return container.ValueKind is JsonValueKind.Object && container.TryGetProperty("image", out var image) && image.ValueKind is JsonValueKind.String
            && image.GetString() is { Length: > 0 } name
                ? name
                : throw new BuildResultException($"The platform {Name} has a container without the name of an image.");
    }

    /// <summary><c>data.definitions</c>: macros of rpm.</summary>
    public IEnumerable<KeyValuePair<string, string>> Definitions =>
        Data.ValueKind is JsonValueKind.Object && Data.TryGetProperty("definitions", out var all) && all.ValueKind is JsonValueKind.Object
            ? all.EnumerateObject().Where(d => d.Value.ValueKind is not JsonValueKind.Null).Select(d => KeyValuePair.Create(d.Name, d.Value.ToString()))
            : [];

    /// <summary><c>data.yum.exclude</c>: names and patterns of packages that are in no repository for this platform.</summary>
    public IReadOnlyList<string> Excluded =>
        Data.ValueKind is JsonValueKind.Object && Data.TryGetProperty("yum", out var yum) && yum.ValueKind is JsonValueKind.Object
        && yum.TryGetProperty("exclude", out var names) && names.ValueKind is JsonValueKind.String
            ? names.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : [];

    /// <summary><c>data.mock.target_arch</c>.</summary>
    public string? TargetArch =>
        Data.ValueKind is JsonValueKind.Object && Data.TryGetProperty("mock", out var mock) && mock.ValueKind is JsonValueKind.Object
        && mock.TryGetProperty("target_arch", out var arch) && arch.ValueKind is JsonValueKind.String ? arch.GetString() : null;
}

internal sealed record GetTaskRequest(IReadOnlyList<string> SupportedArches, IReadOnlyList<string> ExcludedPackages);

internal sealed record PingRequest(IReadOnlyList<int> ActiveTasks);

internal sealed record PingResponse(IReadOnlyList<int>? LostTasks);

/// <param name="TaskId">The task.</param>
/// <param name="Status"><c>done</c>, <c>failed</c> or <c>excluded</c>.</param>
/// <param name="Artifacts">What was uploaded for it.</param>
/// <param name="Stats">When each step began and ended.</param>
/// <param name="GitCommitHash">The commit it was built from.</param>
public sealed record BuildReport(
    int TaskId, string Status, IReadOnlyList<ReportedArtifact> Artifacts, IReadOnlyDictionary<string, StepStatistics> Stats, string? GitCommitHash);

/// <param name="Name">File name.</param>
/// <param name="Type"><c>rpm</c>, <c>deb</c> or <c>build_log</c>.</param>
/// <param name="Href">What the store calls the uploaded file.</param>
/// <param name="Sha256">Its digest.</param>
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
