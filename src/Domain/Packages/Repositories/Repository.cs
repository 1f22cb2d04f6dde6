using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace EventSourced.Domain.Packages.Repositories;

/// <summary>Packages under one URL, in immutable versions. Content is recorded first (a revision) and published after.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="RepositoryId">Its id.</param>
/// <param name="Identity">What no other repository has.</param>
/// <param name="Settings">All settings.</param>
/// <param name="Packages">The wanted content by path.</param>
/// <param name="Revision">Of the wanted content; 0 is empty.</param>
/// <param name="Published">The revision clients see; 0 is none.</param>
public sealed record Repository(
    string Id, RepositoryId RepositoryId, RepositoryIdentity Identity, RepositorySettings Settings,
    ImmutableSortedDictionary<string, RepositoryPackage> Packages, int Revision, int Published)
{
    /// <summary>What releases want of it.</summary>
    public RepositoryReleases Releases { get; private init; } = RepositoryReleases.None;

    /// <summary>Whether clients have seen an index.</summary>
    public bool IsIndexed { get; private init; }

    /// <summary>Why the last revision was not published; null when it was, or still may be.</summary>
    public FailedPublication? Failure { get; private init; }

    /// <summary>Revisions before this one are never published any more: a release that came to nothing is in them.</summary>
    public int FirstPublishable { get; private init; }

    /// <summary>The content of each version clients have seen, and of the revisions after the last: what can be gone back to, and what may still be published.</summary>
    [JsonIgnore]
    public ImmutableSortedDictionary<int, ImmutableSortedDictionary<string, RepositoryPackage>> Contents { get; private init; } =
        ImmutableSortedDictionary<int, ImmutableSortedDictionary<string, RepositoryPackage>>.Empty;

    public static Repository Create(RepositoryCreated e) => new(
        e.RepositoryId.StreamKey, e.RepositoryId, e.Identity, e.Settings, ImmutableSortedDictionary.Create<string, RepositoryPackage>(StringComparer.Ordinal), 0, 0);

    public Repository Apply(RepositoryUpdated e) => this with { Settings = Settings.With(e.Changes) };

    public Repository Apply(RepositoryPackagesAdded e) => Revised(e.Revision, e.Packages, removed: []);

    public Repository Apply(RepositoryPackagesRemoved e) => Revised(e.Revision, added: [], e.Paths);

    public Repository Apply(RepositoryRolledBack e) => Revised(e.Revision, e.Added, e.Removed);

    /// <summary>A revision that was left out is never published later.</summary>
    public Repository Apply(RepositoryVersionPublished e) => this with
    {
        Published = e.Version,
        IsIndexed = IsIndexed || e.Metadata is not [],
        Failure = Failure?.Revision > e.Version ? Failure : null,
        Releases = Releases.Published(Published, e.Version),
        Contents = Contents.RemoveRange(Contents.Keys.Where(revision => revision > Published && revision < e.Version)),
    };

    public Repository Apply(ReleasePackagesStaged e) => this with { Releases = Releases.Hold(e) };

    public Repository Apply(ReleasePackagesTaken e) => this with { Releases = Releases.Take(e) };

    public Repository Apply(ReleasePackagesDropped e) => this with { Releases = Releases.Settle(new(e.ReleaseId, e.Attempt, Revision: null)) };

    public Repository Apply(ReleasePackagesWithdrawn e) => this with { Releases = Releases.Leave(new(e.ReleaseId, e.Attempt, e.Revision, e.Warnings)) };

    /// <summary>Clients that have seen the packages are waited for; otherwise nobody shall see them.</summary>
    public Repository Apply(ReleasePackagesUndone e)
    {
        var taken = Releases.Settled.GetValueOrDefault(e.ReleaseId);
        var undone = e.Revision == Revision ? this : Revised(e.Revision, e.Restored, e.Removed);
        var isSeen = taken?.Brought.Any(p => !undone.Has(p) && IsIn(ContentOf(Published), p)) is true;
        return undone with
        {
            Releases = Releases.Leave(new(e.ReleaseId, e.Attempt, isSeen ? e.Revision : null)),
            FirstPublishable = taken?.Revision > Published ? e.Revision : FirstPublishable,
        };
    }

    public Repository Apply(RepositoryPublicationFailed e) => this with { Failure = new(e.Revision, e.Reason) };

    /// <summary>The content of a version that clients have seen; null when there was none.</summary>
    public ImmutableSortedDictionary<string, RepositoryPackage>? ContentOf(int version) => version <= Published ? Contents.GetValueOrDefault(version) : null;

    /// <summary>Whether this very file is wanted content.</summary>
    internal bool Has(RepositoryPackage package) => IsIn(Packages, package);

    private static bool IsIn(ImmutableSortedDictionary<string, RepositoryPackage>? content, RepositoryPackage package) =>
        content?.GetValueOrDefault(package.Path)?.IsSameFileAs(package) is true;

    private Repository Revised(int revision, IReadOnlyList<RepositoryPackage> added, IReadOnlyList<string> removed)
    {
        var packages = Packages.RemoveRange(removed).SetItems(added.Select(p => KeyValuePair.Create(p.Path, p)));
        return this with { Packages = packages, Revision = revision, Contents = Contents.SetItem(revision, packages) };
    }
}

/// <param name="Revision">The one that could not be published.</param>
/// <param name="Reason">As people read it.</param>
public sealed record FailedPublication(int Revision, string Reason);
