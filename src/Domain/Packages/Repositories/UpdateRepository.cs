namespace EventSourced.Domain.Packages.Repositories;

/// <summary>Changes the settings that are given and not null.</summary>
public sealed record UpdateRepository(RepositoryId RepositoryId, RepositorySettings Changes);

public static class UpdateRepositoryHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(UpdateRepository command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        var changes = repository.Settings.ChangesTo(command.Changes with { Url = RepositoryAddress.Normal(command.Changes.Url) });
        if (changes == RepositorySettings.None)
            return [];

        if (changes is { Url: not null } or { Production: not null })
            RepositoryAddress.RefuseUnserved(repository.Identity.Name, repository.Settings.With(changes));

        return [new RepositoryUpdated(repository.RepositoryId, changes)];
    }
}
