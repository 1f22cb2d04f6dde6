namespace EventSourced.Domain.Packages.Repositories;

/// <summary>A revision cannot be published, and that will not be tried again.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="Revision">The one that was tried.</param>
/// <param name="Reason">As people read it.</param>
/// <param name="Packages">Paths of the packages that it is for; none when it is for none in particular.</param>
public sealed record RecordPublicationFailure(RepositoryId RepositoryId, int Revision, string Reason, IReadOnlyList<string> Packages);

public static class RecordPublicationFailureHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(RecordPublicationFailure command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        // Published by somebody else, or left already by the release that it was for.
        if (command.Revision <= repository.Published || command.Revision < repository.FirstPublishable)
            return [];

        // A release that has such a package out makes room for the others; where none has, none of them can be finished.
        var waiting = repository.Releases.WaitingFor(repository.Published, command.Revision);
        var tried = repository.Contents.GetValueOrDefault(command.Revision);
        var guilty = waiting.Where(w => repository.Releases.Out.GetValueOrDefault(w.ReleaseId)?.Any(IsOfThem) is true).ToList();
        var failed = guilty is [] ? waiting : guilty;
        return failed is [] && repository.Failure == new FailedPublication(command.Revision, command.Reason)
            ? []
            : [new RepositoryPublicationFailed(repository.RepositoryId, command.Revision, command.Reason, [.. failed.Select(f => new ReleaseAttempt(f.ReleaseId, f.Attempt))])];

        // Another file may have taken the path since.
        bool IsOfThem(RepositoryPackage package) => command.Packages.Contains(package.Path) && tried?.GetValueOrDefault(package.Path)?.IsSameFileAs(package) is true;
    }
}
