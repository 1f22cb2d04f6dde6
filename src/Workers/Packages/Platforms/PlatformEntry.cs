using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Workers.Packages.Platforms;

/// <summary>A platform of the file (albs 4.4 and 18); unknown keys are left alone.</summary>
public sealed record PlatformEntry
{
    private const int MaxNameLength = 100;

    public string Name { get; init; } = "";
    public string Type { get; init; } = "";
    public string DistrType { get; init; } = "";
    public string DistrVersion { get; init; } = "";
    public string? TestDistName { get; init; }
    public IReadOnlyList<string> ArchList { get; init; } = [];
    public JsonObject? Data { get; init; }
    public JsonObject? Modularity { get; init; }
    public string? PgpKey { get; init; }
    public string? ContactMail { get; init; }
    public string? Copyright { get; init; }
    public int? Priority { get; init; }
    public bool? IsReference { get; init; }
    public IReadOnlyList<WeakArchEntry>? WeakArchList { get; init; }
    public IReadOnlyList<string>? CopyPriorityArches { get; init; }
    public IReadOnlyList<string>? ReferencePlatforms { get; init; }
    public IReadOnlyList<RepositoryEntry> Repositories { get; init; } = [];

    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.AllowReadingFromString, // integers may be decimal strings (albs 1.2)
        Converters = { new TextConverter() },
    };

    public PlatformType PlatformType => Type is "deb" ? PlatformType.Deb : PlatformType.Rpm;

    public PlatformSettings ToSettings() => new()
    {
        DistrType = DistrType,
        DistrVersion = DistrVersion,
        TestDistName = TestDistName,
        ArchList = ArchList,
        Data = Free(Data),
        Modularity = Free(Modularity),
        PgpKey = PgpKey,
        ContactMail = ContactMail,
        Copyright = Copyright,
        Priority = Priority,
        IsReference = IsReference,
        WeakArches = WeakArchList?.Select(w => new WeakArch(w.Name, w.DependsOn)).ToList(),
        CopyPriorityArches = CopyPriorityArches,
        ReferencePlatforms = ReferencePlatforms,
    };

    /// <summary>The first thing that does not fit, with its place; null when all does.</summary>
    internal static string? FaultIn(IReadOnlyList<PlatformEntry> platforms) =>
        platforms.Select((platform, place) => FaultIn(platform, $"[{place}]")).FirstOrDefault(fault => fault is not null)
        ?? (platforms.GroupBy(p => p.Name).FirstOrDefault(same => same.Count() > 1) is { Key: var twice } ? $"{twice} is there twice." : null)
        ?? SharedAddressIn(platforms);

    /// <summary>Debug packages have a folder beside that of the others; nothing else tells repositories of one name and arch apart.</summary>
    private static string? SharedAddressIn(IReadOnlyList<PlatformEntry> platforms) =>
        platforms.SelectMany((platform, i) => platform.Repositories.Select((repository, j) => (At: $"[{i}].repositories[{j}]", Entry: repository))).Where(r => r.Entry.Production)
            .DistinctBy(r => r.Entry.ToIdentity()).GroupBy(r => r.Entry.Folder).SelectMany(same => same.Skip(1), (same, other) => (First: same.First(), Other: other))
            .Where(pair => pair.First.Entry.ToIdentity() != pair.Other.Entry.ToIdentity() with { Debug = !pair.Other.Entry.Debug })
            .Select(pair => $"{pair.Other.At}: is served at the address of {pair.First.At}.").FirstOrDefault();

    private static string? FaultIn(PlatformEntry? platform, string at) => platform switch
    {
        null => $"{at}: is null.",
        _ when !FileNames.IsTitle(platform.Name) => $"{at}.name: is not a name without slashes and control characters that begins with no dot.",
        { Name.Length: > MaxNameLength } => $"{at}.name: is longer than {MaxNameLength} characters.",
        { Type: not ("rpm" or "deb") } => $"{at}.type: is not one of rpm, deb.",
        { DistrType: "" } => $"{at}.distr_type: is required.",
        { DistrVersion: "" } => $"{at}.distr_version: is required.",
        { ArchList: [] } => $"{at}.arch_list: is required.",
        _ when platform.ArchList.Any(arch => !RepositoryEntry.IsPlain(arch)) => $"{at}.arch_list: has an element that is not a name without spaces and slashes.",
        _ when platform.ReferencePlatforms?.Any(string.IsNullOrEmpty) is true => $"{at}.reference_platforms: has an element that is empty.",
        _ when platform.WeakArchList?.Any(weak => weak is null) is true => $"{at}.weak_arch_list: has an element that is null.",
        _ when platform.CopyPriorityArches?.Any(string.IsNullOrEmpty) is true => $"{at}.copy_priority_arches: has an element that is empty.",
        _ when FreeJsonRules.FaultIn(platform.Data) is { } fault => $"{at}.data: {fault}.",
        _ when FreeJsonRules.FaultIn(platform.Modularity) is { } fault => $"{at}.modularity: {fault}.",
        _ => platform.Repositories.Select((repository, place) => RepositoryEntry.FaultIn(repository, $"{at}.repositories[{place}]")).FirstOrDefault(fault => fault is not null),
    };

    private static FreeJson? Free(JsonObject? json) => json is null ? null : new(JsonSerializer.SerializeToElement(json));

    /// <summary>People write versions without quotes, and mean the text.</summary>
    private sealed class TextConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.String or JsonTokenType.Null => reader.GetString(),
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => throw new JsonException("The value is no text."),
        };

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}

public sealed record WeakArchEntry(string Name = "", string DependsOn = "");

/// <summary>A repository of the file.</summary>
public sealed record RepositoryEntry
{
    private const int DefaultPriority = 10;

    public string Name { get; init; } = "";
    public string Arch { get; init; } = "";
    public string Type { get; init; } = "";
    public bool Debug { get; init; }
    public bool Production { get; init; }
    public string? RemoteUrl { get; init; }
    public int? Priority { get; init; }
    public bool? MockEnabled { get; init; }
    public string? ExportPath { get; init; }
    public string? RemoteSyncPolicy { get; init; }
    public string? RepositorySyncPolicy { get; init; }

    public RepositoryIdentity ToIdentity() => new(Name, Arch, Type, Debug);

    /// <summary>Below which a production repository is served, and the one it has where that is taken by the repository of the same name that differs in debug.</summary>
    internal string Folder => $"{Name}-{Arch}";

    internal string OtherFolder => $"{Folder}-{(Debug ? "debug" : "main")}";

    /// <summary>A production repository is ours to serve, any other is where its remote is.</summary>
    public RepositorySettings ToSettings() => new()
    {
        Url = Production ? RepositoryAddress.Of(Folder) : RemoteUrl,
        Production = Production,
        Priority = Priority ?? DefaultPriority,
        MockEnabled = MockEnabled ?? true,
        ExportPath = ExportPath,
        RemoteUrl = RemoteUrl,
        RemoteSyncPolicy = RemoteSyncPolicy,
        RepositorySyncPolicy = RepositorySyncPolicy,
    };

    internal static string? FaultIn(RepositoryEntry? repository, string at) => repository switch
    {
        null => $"{at}: is null.",
        _ when !IsPlain(repository.Name) => $"{at}.name: is not a name without spaces and slashes.",
        _ when RepositoryName.BelongsToBuilds(repository.Name) => $"{at}.name: is a name for repositories of builds.",
        _ when !IsPlain(repository.Arch) => $"{at}.arch: is not a name without spaces and slashes.",
        _ when !IsPlain(repository.Type) => $"{at}.type: is required.",
        { Type: "deb" } when !DebianArch.IsName(repository.Arch) => $"{at}.arch: is not how Debian names an arch.",
        { Production: false, RemoteUrl: null } => $"{at}.remote_url: is required where production is not true.",
        { RemoteUrl: { } url } when !IsAddress(url) => $"{at}.remote_url: is not an http or https address without credentials and parameters.",
        { RemoteSyncPolicy: not (null or "on_demand" or "immediate" or "streamed") } => $"{at}.remote_sync_policy: is not one of on_demand, immediate, streamed.",
        _ => null,
    };

    internal static bool IsPlain(string? name) => FileNames.IsPlain(name) && name is { Length: <= 200 };

    private static bool IsAddress(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address is { UserInfo: "", Query: "", Fragment: "" };
}
