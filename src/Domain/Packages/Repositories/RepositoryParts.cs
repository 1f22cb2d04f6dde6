using System.Text.Json.Serialization;

namespace EventSourced.Domain.Packages.Repositories;

/// <summary>Unique among all repositories.</summary>
/// <param name="Name">Part of its URL.</param>
/// <param name="Arch">An arch, <c>src</c>, or <c>log</c>.</param>
/// <param name="Type"><c>rpm</c>, <c>deb</c>, <c>build_log</c>, <c>test_log</c>…; a distribution's own carry their arch.</param>
/// <param name="Debug">Whether it holds debug packages.</param>
public sealed record RepositoryIdentity(string Name, string Arch, string Type, bool Debug);

/// <summary>What may change about a repository; null is "not given".</summary>
public sealed record RepositorySettings
{
    /// <summary>Absolute; or, for content of ours, a path that begins with a slash, below whatever address the content is served at.</summary>
    public string? Url { get; init; }

    public bool? Production { get; init; }
    public string? PulpHref { get; init; }
    public int? Priority { get; init; }
    public bool? MockEnabled { get; init; }
    public string? ExportPath { get; init; }

    /// <summary>Where a production repository is synchronised from.</summary>
    public string? RemoteUrl { get; init; }

    /// <summary><c>on_demand</c>, <c>immediate</c> or <c>streamed</c>.</summary>
    public string? RemoteSyncPolicy { get; init; }

    /// <summary><c>additive</c>, or a mirror.</summary>
    public string? RepositorySyncPolicy { get; init; }

    public static RepositorySettings None { get; } = new();

    /// <summary>Where we serve what is released to a repository of this name; null where we do not. No two have the same, for clients would see only one of them.</summary>
    public string? ServedAt(string name) => Production is true ? RepositoryAddress.ServedAt(name, Url) : null;

    /// <summary>These settings with every given one of <paramref name="changes"/> in place.</summary>
    public RepositorySettings With(RepositorySettings changes) => new()
    {
        Url = changes.Url ?? Url,
        Production = changes.Production ?? Production,
        PulpHref = changes.PulpHref ?? PulpHref,
        Priority = changes.Priority ?? Priority,
        MockEnabled = changes.MockEnabled ?? MockEnabled,
        ExportPath = changes.ExportPath ?? ExportPath,
        RemoteUrl = changes.RemoteUrl ?? RemoteUrl,
        RemoteSyncPolicy = changes.RemoteSyncPolicy ?? RemoteSyncPolicy,
        RepositorySyncPolicy = changes.RepositorySyncPolicy ?? RepositorySyncPolicy,
    };

    /// <summary>Of <paramref name="wanted"/> only what is given and differs from these settings.</summary>
    public RepositorySettings ChangesTo(RepositorySettings wanted) => new()
    {
        Url = wanted.Url == Url ? null : wanted.Url,
        Production = wanted.Production == Production ? null : wanted.Production,
        PulpHref = wanted.PulpHref == PulpHref ? null : wanted.PulpHref,
        Priority = wanted.Priority == Priority ? null : wanted.Priority,
        MockEnabled = wanted.MockEnabled == MockEnabled ? null : wanted.MockEnabled,
        ExportPath = wanted.ExportPath == ExportPath ? null : wanted.ExportPath,
        RemoteUrl = wanted.RemoteUrl == RemoteUrl ? null : wanted.RemoteUrl,
        RemoteSyncPolicy = wanted.RemoteSyncPolicy == RemoteSyncPolicy ? null : wanted.RemoteSyncPolicy,
        RepositorySyncPolicy = wanted.RepositorySyncPolicy == RepositorySyncPolicy ? null : wanted.RepositorySyncPolicy,
    };
}

/// <summary>A repository somebody asks for, with the id drawn for it.</summary>
public sealed record NewRepository(RepositoryId RepositoryId, RepositoryIdentity Identity, RepositorySettings Settings, int? OwnerId = null);

/// <summary>A package in a repository.</summary>
/// <param name="Path">Under the repository's URL; see <see cref="PathOf"/>.</param>
/// <param name="FileName">Its file name.</param>
/// <param name="Href">The artifact it is.</param>
/// <param name="Sha256">Digest of its bytes; null when none was sent with an href that is believed.</param>
/// <param name="SizeBytes">Size of its bytes; null when they are not in a store of ours.</param>
/// <param name="Epoch">What its file name leaves out of its version; null where nobody said.</param>
public sealed record RepositoryPackage(string Path, string FileName, string Href, string? Sha256, long? SizeBytes, string? Epoch = null)
{
    /// <summary>Whether its bytes are in our store: ours to serve, and to read for an index.</summary>
    [JsonIgnore]
    public bool IsStored => Sha256 is not null && SizeBytes is not null;

    /// <summary><c>Packages/t/tree-2.1.rpm</c>: clients build this path themselves.</summary>
    public static string PathOf(string fileName) => $"Packages/{char.ToLowerInvariant(fileName[0])}/{fileName}";

    /// <summary>
    /// <c>Packages/t/DIGEST/tree-2.1.rpm</c>, as indexes name it: under <see cref="Path"/> other bytes may come, as those of the signed package do, while clients still hold
    /// the index of before.
    /// </summary>
    public string IndexedPath => Sha256 is null ? Path : $"{Path[..^FileOf(Path).Length]}{Sha256}/{FileOf(Path)}";

    private static string FileOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>The same bytes; where their digest is not known, the same artifact.</summary>
    public bool IsSameFileAs(RepositoryPackage other) => Sha256 is not null && other.Sha256 is not null ? Sha256 == other.Sha256 : Href == other.Href;
}

/// <summary>A file served under a repository's URL.</summary>
public sealed record RepositoryFile(string Path, string Sha256, long SizeBytes);
