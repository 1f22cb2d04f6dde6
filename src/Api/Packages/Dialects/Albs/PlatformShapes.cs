using System.Text.Json.Nodes;
using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>What is said about a platform; null is "not given" (albs 4.4).</summary>
public abstract record PlatformRequest
{
    public string Name { get; init; } = "";

    public string? Type { get; init; }

    public string? DistrType { get; init; }

    public string? DistrVersion { get; init; }

    public string? TestDistName { get; init; }

    public IReadOnlyList<string>? ArchList { get; init; }

    public IReadOnlyList<RepositoryRequest>? Repos { get; init; }

    public JsonObject? Data { get; init; }

    public JsonObject? Modularity { get; init; }

    public string? PgpKey { get; init; }

    public string? ContactMail { get; init; }

    public string? Copyright { get; init; }

    public int? Priority { get; init; }

    public bool? IsReference { get; init; }

    public IReadOnlyList<WeakArchRequest>? WeakArchList { get; init; }

    public IReadOnlyList<string>? CopyPriorityArches { get; init; }

    public IReadOnlyList<string>? ReferencePlatforms { get; init; }
}

/// <summary>POST: a platform to make.</summary>
public sealed record NewPlatformRequest : PlatformRequest;

/// <summary>PUT: the name finds the platform, a field that is null stays as it is (albs 6.1).</summary>
public sealed record ChangedPlatformRequest : PlatformRequest;

public sealed record WeakArchRequest(string Name = "", string DependsOn = "");

public sealed record RepositoryRequest
{
    public string Name { get; init; } = "";

    public string Arch { get; init; } = "";

    public string Url { get; init; } = "";

    public string Type { get; init; } = "";

    public bool? Debug { get; init; }

    public bool? Production { get; init; }

    public string? PulpHref { get; init; }

    public int? Priority { get; init; }

    public bool? MockEnabled { get; init; }

    public string? ExportPath { get; init; }

    public int? OwnerId { get; init; }
}

public sealed record PlatformResponse(
    int Id, string Name, string DistrType, string DistrVersion, IReadOnlyList<string> ArchList, JsonNode? Modularity, string? PgpKey);

/// <summary>What <c>GET /platforms/</c> shows beside <see cref="PlatformResponse"/>.</summary>
public sealed record PlatformListResponse(
    int Id, string Name, string DistrType, string DistrVersion, IReadOnlyList<string> ArchList, JsonNode? Modularity, string? PgpKey, PlatformListData Data);

public sealed record PlatformListData(JsonNode Versions, JsonNode SecureBootRequiredPackages);

public sealed record RepositoryResponse(
    int Id, string Name, string Arch, string Url, string Type, bool? Debug, bool? Production, string? PulpHref, int Priority, bool MockEnabled);
