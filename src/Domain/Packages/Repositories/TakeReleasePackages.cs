namespace EventSourced.Domain.Packages.Repositories;

/// <summary>The release is decided: what is held for it becomes wanted content. Asked again, it asks for the publication again.</summary>
public sealed record TakeReleasePackages(RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt);

public static class TakeReleasePackagesHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(TakeReleasePackages command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        if (repository.Releases.SettledAs(command.ReleaseId, command.Attempt) is { } settled)
        {
            return settled is { Revision: { } revision } && settled.Attempt == command.Attempt
                ? [new ReleasePublicationAwaited(repository.RepositoryId, command.ReleaseId, command.Attempt, revision)]
                : [];
        }

        var held = repository.Releases.HeldFor(command.ReleaseId, command.Attempt)
            ?? throw new RuleViolationException(RepositoryErrors.NothingHeld, $"{repository.Id} holds nothing for {command.ReleaseId.StreamKey}.");
        var brought = held.Where(p => !repository.Has(p)).ToList();
        var added = AddRepositoryPackagesHandler.Handle(new(command.RepositoryId, brought), repository);
        return
        [
            .. added,
            new ReleasePackagesTaken(
                repository.RepositoryId, command.ReleaseId, command.Attempt, repository.Revision + added.Count, [.. brought.Select(p => p.Path)],
                [.. brought.Select(p => repository.Packages.GetValueOrDefault(p.Path)).OfType<RepositoryPackage>()]),
        ];
    }
}
