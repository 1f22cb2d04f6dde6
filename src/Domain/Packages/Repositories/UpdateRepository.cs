namespace EventSourced.Domain.Packages.Repositories;

/// <summary>Changes the settings that are given and not null.</summary>
public sealed record UpdateRepository(RepositoryId RepositoryId, RepositorySettings Changes);

public static class UpdateRepositoryHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(UpdateRepository command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        var changes = repository.Settings.ChangesTo(command.Changes);
        return changes == RepositorySettings.None ? [] : [new RepositoryUpdated(repository.RepositoryId, changes)];
    }
}
