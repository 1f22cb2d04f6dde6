using System.Text.Json.Nodes;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Albs 4.7; the fingerprint is never in it.</summary>
public sealed record SignKeyResponse(
    int Id, string Name, string Description, string Keyid, string PublicUrl, DateTimeOffset Inserted, bool Active, DateTimeOffset? Archived,
    IReadOnlyList<int> PlatformIds, int? ProductId);

/// <summary>Albs 12.2.</summary>
public sealed record SignTaskResponse(
    int Id, int BuildId, SignKeyResponse SignKey, int Status, string? ErrorMessage, string? LogHref, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt,
    JsonNode? Stats);

/// <summary>The sign task a node gets (albs 12.3). <paramref name="Attempt"/> is ours: a node that sends it back as <c>X-Attempt</c> is fenced by it.</summary>
public sealed record NodeSignTaskResponse(int Id, int BuildId, string Keyid, bool SignFiles, IReadOnlyList<NodeSignPackage> Packages, int Attempt);

/// <param name="Id">Comes back with the signed file.</param>
/// <param name="Name">File name.</param>
/// <param name="Arch">The arch of its build task; <c>src</c> for source packages.</param>
/// <param name="Type"><c>rpm</c> or <c>deb</c>.</param>
/// <param name="DownloadUrl">Where it is.</param>
/// <param name="CasHash">Its notarization.</param>
/// <param name="Sha256">Digest of what is there; ours.</param>
public sealed record NodeSignPackage(int Id, string Name, string? Arch, string Type, string DownloadUrl, string? CasHash, string? Sha256);

public sealed record SuccessResponse(bool Success);
