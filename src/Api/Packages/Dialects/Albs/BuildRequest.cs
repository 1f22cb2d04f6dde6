using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>A build as it is asked for (albs 7.1), in the documented form (S) or the one of today's clients (C).</summary>
public sealed record BuildRequest
{
    private readonly bool namesProduct;

    public IReadOnlyList<BuildPlatformRequest> Platforms { get; init; } = [];

    public IReadOnlyList<BuildTaskRefRequest> Tasks { get; init; } = [];

    public IReadOnlyList<int>? LinkedBuilds { get; init; }

    public JsonObject? MockOptions { get; init; }

    public IReadOnlyList<int>? PlatformFlavors { get; init; }

    public bool? IsSecureBoot { get; init; }

    public int? ProductId
    {
        get;
        init => (field, namesProduct) = (value, true);
    }

    /// <summary>C form plans a <c>src</c> task per package and platform (albs 7.2). The keys tell it, whatever they hold.</summary>
    [JsonIgnore]
    public bool IsCurrentForm => namesProduct || Platforms.Any(p => p.NamesParallelMode);
}

public sealed record BuildPlatformRequest
{
    public string Name { get; init; } = "";

    public IReadOnlyList<string> ArchList { get; init; } = [];

    public bool? ParallelModeEnabled
    {
        get;
        init => (field, NamesParallelMode) = (value, true);
    }

    internal bool NamesParallelMode { get; private init; }

    public bool? IndependentTasks { get; init; }
}

/// <summary>One package (albs 4.3) or, with <see cref="ModuleName"/>, a module.</summary>
public sealed record BuildTaskRefRequest
{
    public string Url { get; init; } = "";

    public string? GitRef { get; init; }

    public BuildRefType? RefType { get; init; }

    public string? GitCommitHash { get; init; }

    public JsonObject? MockOptions { get; init; }

    public bool? IsModule { get; init; }

    public bool? Enabled { get; init; }

    public JsonObject? TestConfiguration { get; init; }

    public IReadOnlyList<string>? AddedArtifacts { get; init; }

    public string? ModulePlatformVersion { get; init; }

    public string? ModuleVersion { get; init; }

    public string? ModuleName { get; init; }

    public string? ModuleStream { get; init; }

    public IReadOnlyList<BuildTaskRefRequest>? Refs { get; init; }
}
