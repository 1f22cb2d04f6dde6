namespace EventSourced.Domain.Packages.Repositories;

/// <summary>
/// A release that was decided cannot be finished: what it has brought leaves, and what it has replaced comes back, except where another file has taken the place since,
/// or another release has the same one out. Asked again, it asks for the publication again.
/// </summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">The one after that which is undone.</param>
public sealed record UndoReleasePackages(RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt);

public static class UndoReleasePackagesHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(UndoReleasePackages command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        if (repository.Releases.SettledAs(command.ReleaseId, command.Attempt) is { } settled)
        {
            return settled.Attempt == command.Attempt
                ? [new ReleasePublicationAwaited(repository.RepositoryId, command.ReleaseId, command.Attempt, settled.Revision ?? repository.Published)]
                : [];
        }

        var taken = repository.Releases.SettledAs(command.ReleaseId, command.Attempt - 1);
        var brought = (taken?.Brought ?? []).Where(repository.Has).ToList();
        var kept = repository.Releases.KeptFrom(command.ReleaseId, brought);
        var leaving = brought.Select(p => p.Path).Where(path => !kept.ContainsKey(path)).ToList();
        var restored = (taken?.Replaced ?? []).Where(p => leaving.Contains(p.Path)).ToList();

        // It would be replaced again without anybody's leave. The other release ends soon, and ours asks again.
        if (restored.Any(p => repository.Releases.HolderAgainst(p) is not null))
            return [];

        return
        [
            new ReleasePackagesUndone(
                repository.RepositoryId, command.ReleaseId, command.Attempt, repository.Revision + (leaving is [] ? 0 : 1), restored,
                [.. leaving.Except(restored.Select(p => p.Path))]),
        ];
    }
}
