namespace EventSourced.Domain.Packages.Repositories;

/// <summary>A repository that clients may ask before anything is in it gets an empty first revision, which is indexed and signed as every other.</summary>
public sealed record OpenRepository(RepositoryId RepositoryId);

public static class OpenRepositoryHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(OpenRepository command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        return repository.Revision > 0 ? [] : [new RepositoryPackagesAdded(repository.RepositoryId, Revision: 1, [])];
    }
}
