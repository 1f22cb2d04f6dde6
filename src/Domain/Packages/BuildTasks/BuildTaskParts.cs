using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>The platform of a task, as it was when the build was asked for.</summary>
public sealed record TaskPlatform(PlatformId PlatformId, string Name, PlatformType Type, IReadOnlyList<string> ArchList);

/// <summary>Where what a task builds goes; null where the build has no such repository.</summary>
public sealed record TaskRepositories(RepositoryId? Main, RepositoryId? Debug, RepositoryId? Source)
{
    /// <summary>The repository for a package; null when it is for none.</summary>
    public RepositoryId? For(BuildArtifact package) => package switch
    {
        { IsSourcePackage: true } or { IsSourcePart: true } => Source,
        { IsDebugPackage: true } => Debug,
        _ => Main,
    };
}

public enum ArtifactType
{
    Rpm,
    Deb,
    BuildLog,
}

/// <summary>A file a node built or wrote.</summary>
/// <param name="Id">Drawn when it was reported.</param>
/// <param name="Name">File name, as sent.</param>
/// <param name="Type">What it is.</param>
/// <param name="Href">Where its bytes are.</param>
/// <param name="Sha256">Digest, lower-case hex; null when none was sent.</param>
/// <param name="SizeBytes">Size; null until it was looked at.</param>
/// <param name="CasHash">Its notarization, passed through.</param>
/// <param name="Meta">What the package says about itself; null for logs and until it was looked at.</param>
/// <param name="SignKeyId">The key it is signed with; null while it is not.</param>
public sealed record BuildArtifact(
    int Id, string Name, ArtifactType Type, string Href, string? Sha256, long? SizeBytes = null, string? CasHash = null, PackageMeta? Meta = null,
    SignKeyId? SignKeyId = null)
{
    private static readonly string[] Tarballs = [".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tar.lzma", ".diff.gz", ".asc"];

    /// <summary>What a person signs of a Debian build: the texts that name its packages by digest. They go into no repository.</summary>
    internal bool IsSignedText => Type is ArtifactType.Deb
        && (Name.EndsWith(".changes", StringComparison.Ordinal) || Name.EndsWith(".buildinfo", StringComparison.Ordinal));

    /// <summary>These artifacts, those of the same id as one of <paramref name="newer"/> replaced by it.</summary>
    public static IReadOnlyList<BuildArtifact> Replace(IReadOnlyList<BuildArtifact> artifacts, IReadOnlyList<BuildArtifact> newer)
    {
        var byId = newer.ToDictionary(a => a.Id);
        return [.. artifacts.Select(a => byId.GetValueOrDefault(a.Id, a))];
    }

    /// <summary>As <see cref="Replace"/>, with those of <paramref name="newer"/> that replace none at the end.</summary>
    public static IReadOnlyList<BuildArtifact> ReplaceOrAdd(IReadOnlyList<BuildArtifact> artifacts, IReadOnlyList<BuildArtifact> newer) =>
        [.. Replace(artifacts, newer), .. newer.ExceptBy(artifacts.Select(a => a.Id), a => a.Id)];

    /// <summary>A binary or source package; the parts of a Debian source package and what only tells about a build are none.</summary>
    public bool IsPackage => Type is ArtifactType.Rpm || IsBinaryDeb || IsSourcePackage;

    public bool IsSourcePackage => Type switch
    {
        ArtifactType.Rpm => Name.EndsWith(".src.rpm", StringComparison.Ordinal),
        ArtifactType.Deb => Name.EndsWith(".dsc", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>A file that a Debian source package names.</summary>
    public bool IsSourcePart => Type is ArtifactType.Deb && Tarballs.Any(end => Name.EndsWith(end, StringComparison.Ordinal));

    /// <summary><c>.changes</c> and <c>.buildinfo</c> stay with the task.</summary>
    internal bool IsForRepository => IsPackage || IsSourcePart;

    /// <summary>The source package, or a file that belongs to it.</summary>
    public bool IsOfSource => IsSourcePackage || IsSourcePart;

    /// <summary>A source package that was handed over stays the one, and a task of sources keeps nothing else beside logs (albs 9.1).</summary>
    /// <param name="arch">The task's.</param>
    /// <param name="hasSource">Whether it was handed one.</param>
    public bool IsKept(string arch, bool hasSource) => IsOfSource ? !hasSource : !IsPackage || arch is not BuildPlan.Source;

    /// <summary>A package that every arch can have.</summary>
    public bool IsNoarch => Type is ArtifactType.Rpm && Name.EndsWith(".noarch.rpm", StringComparison.Ordinal);

    internal bool IsDebugPackage => Type switch
    {
        ArtifactType.Rpm => IsDebugName("-debuginfo") || IsDebugName("-debugsource"),
        ArtifactType.Deb => Name.Contains("-dbgsym_", StringComparison.Ordinal),
        _ => false,
    };

    private bool IsBinaryDeb =>
        Type is ArtifactType.Deb && (Name.EndsWith(".deb", StringComparison.Ordinal) || Name.EndsWith(".udeb", StringComparison.Ordinal));

    private bool IsDebugName(string mark) =>
        Name.Contains(mark + "-", StringComparison.Ordinal) || Path.GetFileNameWithoutExtension(Name).EndsWith(mark, StringComparison.Ordinal);
}

/// <summary>What a task is built from.</summary>
/// <param name="Package">The source package; null when there is none (yet), and the ref is built.</param>
/// <param name="GitCommitHash">The commit; null when it is not known (yet).</param>
/// <param name="AlmaCommitCasHash">That commit's notarization, passed through.</param>
/// <param name="IsCasAuthenticated">Whether the source was notarized.</param>
public sealed record TaskSource(BuildArtifact? Package, string? GitCommitHash, string? AlmaCommitCasHash = null, bool IsCasAuthenticated = false);

/// <summary>What a package says about itself.</summary>
/// <param name="Name">Package name.</param>
/// <param name="Epoch">Epoch as text; <c>0</c> when it has none.</param>
/// <param name="Version">Upstream version.</param>
/// <param name="Release">rpm release or Debian revision; null for a native Debian package.</param>
/// <param name="Arch">As built, or <c>noarch</c>/<c>all</c>.</param>
/// <param name="Sha256">Digest of the file, as found.</param>
/// <param name="Source">The source package it comes from.</param>
/// <param name="Control">All fields of a Debian control file; null for rpm.</param>
public sealed record PackageMeta(
    string Name, string Epoch, string Version, string? Release, string Arch, string Sha256, string? Source = null,
    IReadOnlyDictionary<string, string>? Control = null);

/// <summary>What a node says about a task it worked on.</summary>
/// <param name="Node">Principal key of who reported.</param>
/// <param name="Attempt">The attempt at that time; an earlier holder may report during a later attempt.</param>
/// <param name="Artifacts">What it sent.</param>
/// <param name="GitCommitHash">The commit it built.</param>
/// <param name="AlmaCommitCasHash">That commit's notarization, passed through.</param>
/// <param name="IsCasAuthenticated">Whether the source was notarized.</param>
/// <param name="StartedAt">When it began, by its own clock.</param>
/// <param name="Stats">Its statistics, passed through.</param>
public sealed record TaskReport(
    string Node, int Attempt, IReadOnlyList<BuildArtifact> Artifacts, string? GitCommitHash, string? AlmaCommitCasHash, bool IsCasAuthenticated,
    DateTimeOffset? StartedAt, FreeJson? Stats);
