using System.Text.Json.Nodes;
using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Albs 4.1: what S and C know, united. Arrays are never null.</summary>
public sealed record BuildResponse(
    int Id,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyList<BuildTaskResponse> Tasks,
    AlbsUser User,
    AlbsUser Owner,
    IReadOnlyList<int> LinkedBuilds,
    JsonNode? MockOptions,
    IReadOnlyList<BuildSignTaskResponse> SignTasks,
    IReadOnlyList<AlbsNamed> PlatformFlavors,
    int? ReleaseId,
    bool Released,
    bool Signed,
    bool CancelTesting,
    IReadOnlyList<AlbsNamed> Products);

public sealed record AlbsUser(int Id, string Username, string Email);

public sealed record AlbsNamed(int Id, string Name);

public sealed record BuildSignTaskResponse(int Id, int Status, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, JsonNode? Stats);

/// <summary>Albs 4.2.</summary>
public sealed record BuildTaskResponse(
    int Id,
    DateTimeOffset? Ts,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    int Status,
    int Index,
    string Arch,
    BuildTaskPlatformResponse Platform,
    BuildTaskRefResponse Ref,
    IReadOnlyList<BuildArtifactResponse> Artifacts,
    IReadOnlyList<RpmModuleResponse> RpmModules,
    IReadOnlyList<BuildTestTaskResponse> TestTasks,
    JsonNode? MockOptions,
    bool? IsSecureBoot,
    bool? IsCasAuthenticated,
    string? AlmaCommitCasHash,
    string? Error,
    IReadOnlyList<PerformanceStatsResponse> PerformanceStats);

public sealed record BuildTaskPlatformResponse(int Id, string Type, string Name, IReadOnlyList<string> ArchList);

/// <summary>Albs 4.3 in answers.</summary>
public sealed record BuildTaskRefResponse(
    string Url, string? GitRef, BuildRefType? RefType, string? GitCommitHash, bool IsModule, bool Enabled, JsonNode? TestConfiguration,
    IReadOnlyList<string> AddedArtifacts, string? ModulePlatformVersion, string? ModuleVersion);

public sealed record BuildArtifactResponse(int Id, string Name, string Type, string Href, string? CasHash, JsonNode? Meta);

public sealed record RpmModuleResponse(int Id, string Name, string Version, string Stream, string Context, string Arch);

public sealed record BuildTestTaskResponse(int Id, int Status, int Revision, IReadOnlyList<PerformanceStatsResponse> PerformanceStats);

public sealed record PerformanceStatsResponse(int Id, int? BuildTaskId, int? TestTaskId, int? ReleaseId, JsonNode? Statistics);

/// <summary>One page of builds (albs 1.5, 7.4).</summary>
public sealed record BuildPageResponse(IReadOnlyList<BuildResponse> Builds, long TotalBuilds, int CurrentPage);
