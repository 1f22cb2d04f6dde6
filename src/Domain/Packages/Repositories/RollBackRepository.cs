namespace EventSourced.Domain.Packages.Repositories;

/// <summary>Wants the packages of an earlier version again; they are published as a new version, so that clients follow.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="Version">One that clients have seen.</param>
public sealed record RollBackRepository(RepositoryId RepositoryId, int Version);

public static class RollBackRepositoryHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(RollBackRepository command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        var wanted = repository.ContentOf(command.Version)
            ?? throw new RuleViolationException(RepositoryErrors.VersionUnknown, $"{repository.Id} has never published version {command.Version}.");
        var added = wanted.Values.Where(p => repository.Packages.GetValueOrDefault(p.Path) != p).ToList();
        var removed = repository.Packages.Keys.Where(path => !wanted.ContainsKey(path)).ToList();
        if (added is [] && removed is [])
            return [];

        // It would be replaced again without anybody's leave. What goes, and is held, comes back with the release.
        if (added.FirstOrDefault(p => repository.Releases.HolderAgainst(p) is not null) is { } other)
            throw new RuleViolationException(RepositoryErrors.HeldForRelease, $"{other.FileName} is being released to {repository.Id} as another file.");

        return [new RepositoryRolledBack(repository.RepositoryId, repository.Revision + 1, command.Version, added, removed)];
    }
}
