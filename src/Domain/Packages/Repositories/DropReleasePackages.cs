namespace EventSourced.Domain.Packages.Repositories;

/// <summary>An attempt of a release has failed: nothing is held for it any more, also not by a request that is still on its way.</summary>
public sealed record DropReleasePackages(RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt);

public static class DropReleasePackagesHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(DropReleasePackages command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        return repository.Releases.SettledAs(command.ReleaseId, command.Attempt) is not null
            ? []
            : [new ReleasePackagesDropped(repository.RepositoryId, command.ReleaseId, command.Attempt)];
    }
}
