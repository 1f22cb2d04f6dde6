using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Domain.Packages.Repositories;

public static class RepositoryReactions
{
    /// <summary>Build nodes are pointed to a platform's repositories from the start.</summary>
    public static IEnumerable<object> When(RepositoryCreated e) => e.Settings.ServedAt(e.Identity.Name) is not null ? [new OpenRepository(e.RepositoryId)] : [];

    /// <summary>It may be served only now.</summary>
    public static IEnumerable<object> When(RepositoryUpdated e, Repository repository) =>
        repository.Revision is 0 && repository.Settings.ServedAt(repository.Identity.Name) is not null ? [new OpenRepository(e.RepositoryId)] : [];

    public static IEnumerable<object> When(RepositoryPackagesAdded e) => [new PublishRepository(e.RepositoryId, e.Revision)];

    public static IEnumerable<object> When(RepositoryPackagesRemoved e) => [new PublishRepository(e.RepositoryId, e.Revision)];

    /// <summary>Whoever waits for this version, or for one before it that was left out, is told.</summary>
    public static IEnumerable<object> When(RepositoryVersionPublished e, Repository repository) =>
        [.. repository.Releases.Delivered.Select(d => new RecordReleasePublished(d.ReleaseId, d.Attempt, e.RepositoryId, d.Warnings))];

    public static IEnumerable<object> When(ReleasePackagesStaged e) => [new RecordReleaseStaging(e.ReleaseId, e.Attempt, e.RepositoryId, Refusal: null)];

    public static IEnumerable<object> When(ReleasePackagesRefused e) => [new RecordReleaseStaging(e.ReleaseId, e.Attempt, e.RepositoryId, e.Reason)];

    public static IEnumerable<object> When(ReleasePackagesTaken e, Repository repository) => Await(e.ReleaseId, e.Attempt, e.Revision, repository);

    public static IEnumerable<object> When(ReleasePackagesWithdrawn e, Repository repository) => Await(e.ReleaseId, e.Attempt, e.Revision, repository);

    public static IEnumerable<object> When(ReleasePackagesUndone e, Repository repository)
    {
        var isWaiting = repository.Releases.SettledAs(e.ReleaseId, e.Attempt)?.Revision is not null;
        return
        [
            .. isWaiting || e.Restored is not [] || e.Removed is not [] ? [new PublishRepository(e.RepositoryId, e.Revision)] : Array.Empty<object>(),
            .. isWaiting ? Array.Empty<object>() : [new RecordReleasePublished(e.ReleaseId, e.Attempt, e.RepositoryId)],
        ];
    }

    public static IEnumerable<object> When(RepositoryPublicationFailed e) =>
        [.. e.Releases.Select(r => new RecordReleaseUnpublished(r.ReleaseId, r.Attempt, e.RepositoryId, e.Reason))];

    public static IEnumerable<object> When(ReleasePublicationAwaited e, Repository repository) =>
        e.Revision > repository.Published ? [new PublishRepository(e.RepositoryId, e.Revision)] : Await(e.ReleaseId, e.Attempt, e.Revision, repository);

    /// <summary>A release that changed nothing need not wait; the others are told when their revision is published.</summary>
    private static IEnumerable<object> Await(ReleaseId release, int attempt, int revision, Repository repository) =>
        revision <= repository.Published
            ? [new RecordReleasePublished(release, attempt, repository.RepositoryId, repository.Releases.SettledAs(release, attempt)?.Warnings)] : [];

    public static IEnumerable<object> When(RepositoryRolledBack e) => [new PublishRepository(e.RepositoryId, e.Revision)];
}
