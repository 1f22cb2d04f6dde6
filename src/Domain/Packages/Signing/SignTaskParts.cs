using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Domain.Packages.Signing;

/// <summary>A file to be signed, as handed out.</summary>
/// <param name="Id">The artifact it is; comes back with the signed one.</param>
/// <param name="Name">File name.</param>
/// <param name="Arch">The arch of its build task; <c>src</c> for source packages.</param>
/// <param name="Type">What it is.</param>
/// <param name="Href">The unsigned bytes.</param>
/// <param name="Sha256">Their digest; null when hrefs are believed without a store of ours.</param>
/// <param name="CasHash">Its notarization, passed through.</param>
/// <param name="Url">Where a node fetches it; begins with a slash for content of ours.</param>
/// <param name="BuildTasks">The tasks of its platform that have a file of this name: all of them get the signed one.</param>
/// <param name="SameName">Those files, this one too; null where it is the only one, and before it was recorded.</param>
public sealed record SignPackage(
    int Id, string Name, string Arch, ArtifactType Type, string Href, string? Sha256, string? CasHash, string Url, IReadOnlyList<BuildTaskId> BuildTasks,
    IReadOnlyList<int>? SameName = null);

/// <summary>A file that a node signed.</summary>
/// <param name="Id">As handed out.</param>
/// <param name="Name">File name.</param>
/// <param name="Href">The signed bytes; null when the node sent none.</param>
/// <param name="Fingerprint">The key, as the node says.</param>
/// <param name="Sha256">Digest of the signed bytes.</param>
/// <param name="CasHash">Its notarization, passed through.</param>
/// <param name="SizeBytes">Size; null until it was looked at.</param>
public sealed record SignedPackage(int Id, string Name, string? Href, string? Fingerprint, string? Sha256, string? CasHash, long? SizeBytes = null);

/// <summary>What a node says about a sign task it worked on.</summary>
/// <param name="Node">Principal key of who reported.</param>
/// <param name="Attempt">The attempt at that time; an earlier holder may report during a later attempt.</param>
/// <param name="Packages">What it signed.</param>
/// <param name="LogHref">Its log.</param>
/// <param name="StartedAt">When it began, by its own clock.</param>
/// <param name="Stats">Its statistics, passed through.</param>
/// <param name="LogSha256">Digest of the log; null when it is not in a store of ours.</param>
public sealed record SignReport(
    string Node, int Attempt, IReadOnlyList<SignedPackage> Packages, string? LogHref, DateTimeOffset? StartedAt, FreeJson? Stats, string? LogSha256 = null);
