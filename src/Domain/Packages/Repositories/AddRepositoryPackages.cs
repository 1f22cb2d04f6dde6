namespace EventSourced.Domain.Packages.Repositories;

/// <summary>Wants packages in a repository; clients see them once that revision, or a later one, is published.</summary>
public sealed record AddRepositoryPackages(RepositoryId RepositoryId, IReadOnlyList<RepositoryPackage> Packages);

public static class AddRepositoryPackagesHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(AddRepositoryPackages command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        var added = command.Packages.Where(p => repository.Packages.GetValueOrDefault(p.Path) != p).ToList();
        return added is [] ? [] : [new RepositoryPackagesAdded(repository.RepositoryId, repository.Revision + 1, added)];
    }
}
