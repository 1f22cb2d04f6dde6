namespace EventSourced.Domain.Packages.Repositories;

/// <summary>The index of one revision is made and kept.</summary>
public sealed record RecordRepositoryVersion(RepositoryId RepositoryId, int Version, IReadOnlyList<RepositoryFile> Metadata, string? SignedBy);

public static class RecordRepositoryVersionHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(RecordRepositoryVersion command, Repository? repository)
    {
        // Two workers may publish at once; whoever brings the same or an older revision comes too late, as does one with a release that has come to nothing.
        if (command.Version <= repository?.Published || command.Version < repository?.FirstPublishable)
            return [];

        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        if (command.Version > repository.Revision)
            throw new RuleViolationException(RepositoryErrors.RevisionUnknown, $"{repository.Id} has no revision {command.Version} yet.");

        return [new RepositoryVersionPublished(repository.RepositoryId, command.Version, command.Metadata, command.SignedBy)];
    }
}
