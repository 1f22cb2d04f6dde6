using System.Collections.Immutable;

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

    public static Repository Create(RepositoryCreated e) => new(
        e.RepositoryId.StreamKey, e.RepositoryId, e.Identity, e.Settings, ImmutableSortedDictionary.Create<string, RepositoryPackage>(StringComparer.Ordinal), 0, 0);

    public Repository Apply(RepositoryUpdated e) => this with { Settings = Settings.With(e.Changes) };

    public Repository Apply(RepositoryPackagesAdded e) => this with
    {
        Packages = Packages.SetItems(e.Packages.Select(p => KeyValuePair.Create(p.Path, p))),
        Revision = e.Revision,
    };

    public Repository Apply(RepositoryPackagesRemoved e) => this with { Packages = Packages.RemoveRange(e.Paths), Revision = e.Revision };

    public Repository Apply(RepositoryVersionPublished e) => this with { Published = e.Version, Releases = Releases.Published(Published, e.Version) };

    public Repository Apply(ReleasePackagesStaged e) => this with { Releases = Releases.Hold(e) };

    public Repository Apply(ReleasePackagesTaken e) => this with { Releases = Releases.Settle(e.ReleaseId, e.Attempt, e.Revision) };

    public Repository Apply(ReleasePackagesDropped e) => this with { Releases = Releases.Settle(e.ReleaseId, e.Attempt, revision: null) };

    public Repository Apply(ReleasePackagesWithdrawn e) => this with { Releases = Releases.Settle(e.ReleaseId, e.Attempt, e.Revision) };
}
