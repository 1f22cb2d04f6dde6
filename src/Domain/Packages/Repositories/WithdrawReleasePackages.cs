namespace EventSourced.Domain.Packages.Repositories;

/// <summary>
/// A release is taken back: its packages leave, except where another file has taken their place or another release has the same one out. Asked again, it asks for the
/// publication again.
/// </summary>
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

        var present = command.Packages.Where(repository.Has).ToList();
        var kept = repository.Releases.KeptFrom(command.ReleaseId, present);
        var paths = present.Select(p => p.Path).Where(path => !kept.ContainsKey(path)).ToList();
        var revised = repository.Revision + (paths is [] ? 0 : 1);
        var withdrawn = new ReleasePackagesWithdrawn(repository.RepositoryId, command.ReleaseId, command.Attempt, revised, WarningsOf(present, kept, repository));
        return paths is [] ? [withdrawn] : [new RepositoryPackagesRemoved(repository.RepositoryId, revised, paths), withdrawn];
    }

    private static IReadOnlyList<string>? WarningsOf(
        IReadOnlyList<RepositoryPackage> present, IReadOnlyDictionary<string, ReleaseId> kept, Repository repository) => kept.Count is 0 ? null :
    [
        .. present.Where(p => kept.ContainsKey(p.Path))
            .Select(p => $"{p.FileName} stays in {repository.Identity.Name} ({repository.Identity.Arch}), where release {kept[p.Path].Value} has it out too."),
    ];
}
