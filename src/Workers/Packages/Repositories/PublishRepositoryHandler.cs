using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>
/// Publishes the content as it is now, which may be newer than the message: revisions that came in quick succession become one version. What is not apt's
/// (logs, packages of other kinds, files we hold no bytes of) is served as it is, without an index.
/// </summary>
public static class PublishRepositoryHandler
{
    public static async Task<RecordRepositoryVersion?> HandleAsync(PublishRepository message, IQuerySession session, AptIndex apt, CancellationToken cancellation)
    {
        var repository = await session.Events.AggregateStreamAsync<Repository>(message.RepositoryId.StreamKey, token: cancellation)
            ?? throw new InvalidOperationException($"Nothing is recorded of {message.RepositoryId.StreamKey}.");
        if (repository.Published >= message.Revision)
            return null;

        if (repository.Identity.Type is not "deb" || repository.Packages.Values.Any(package => package.Sha256 is null))
            return new RecordRepositoryVersion(repository.RepositoryId, repository.Revision, Metadata: [], SignedBy: null);

        var (files, signedBy) = await apt.MakeAsync(repository.Identity.Arch, [.. repository.Packages.Values], cancellation);
        return new RecordRepositoryVersion(repository.RepositoryId, repository.Revision, files, signedBy);
    }
}
