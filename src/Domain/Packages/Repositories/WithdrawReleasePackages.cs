namespace EventSourced.Domain.Packages.Repositories;

/// <summary>A release is taken back: its packages leave, except where another file has taken their place. Asked again, it asks for the publication again.</summary>
public sealed record WithdrawReleasePackages(RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt, IReadOnlyList<RepositoryPackage> Packages);

public static class WithdrawReleasePackagesHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(WithdrawReleasePackages command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        if (repository.Releases.SettledAs(command.ReleaseId, command.Attempt) is { } settled)
        {
            return settled is { Revision: { } revision } && settled.Attempt == command.Attempt
                ? [new ReleasePublicationAwaited(repository.RepositoryId, command.ReleaseId, command.Attempt, revision)]
                : [];
        }

        var paths = command.Packages.Where(repository.Has).Select(p => p.Path).ToList();
        var revised = repository.Revision + (paths is [] ? 0 : 1);
        var withdrawn = new ReleasePackagesWithdrawn(repository.RepositoryId, command.ReleaseId, command.Attempt, revised);
        return paths is [] ? [withdrawn] : [new RepositoryPackagesRemoved(repository.RepositoryId, revised, paths), withdrawn];
    }
}
