namespace EventSourced.Domain.Packages.Repositories;

/// <summary>Wants packages out of a repository; clients see it once that revision, or a later one, is published.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="Paths">What is not there is gone already.</param>
public sealed record RemoveRepositoryPackages(RepositoryId RepositoryId, IReadOnlyList<string> Paths);

public static class RemoveRepositoryPackagesHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(RemoveRepositoryPackages command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        var removed = command.Paths.Where(repository.Packages.ContainsKey).Distinct(StringComparer.Ordinal).ToList();
        return removed is [] ? [] : [new RepositoryPackagesRemoved(repository.RepositoryId, repository.Revision + 1, removed)];
    }
}
