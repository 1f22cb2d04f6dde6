namespace EventSourced.Domain.Packages.Repositories;

public static class RepositoryReactions
{
    public static IEnumerable<object> When(RepositoryPackagesAdded e) => [new PublishRepository(e.RepositoryId, e.Revision)];

    public static IEnumerable<object> When(RepositoryPackagesRemoved e) => [new PublishRepository(e.RepositoryId, e.Revision)];

    public static IEnumerable<object> When(RepositoryRolledBack e) => [new PublishRepository(e.RepositoryId, e.Revision)];
}
