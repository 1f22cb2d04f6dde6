using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>
/// Publishes the content as it is now, which may be newer than the message: revisions that came in quick succession become one version. An index lists what we serve:
/// there is none of what is for no package manager (logs), nor of a build's packages where we hold no bytes of any.
/// </summary>
public static class PublishRepositoryHandler
{
    public static async Task<object?> HandleAsync(
        PublishRepository message, IQuerySession session, AptIndex apt, RpmIndex rpm, CancellationToken cancellation)
    {
        var repository = await session.Events.AggregateStreamAsync<Repository>(message.RepositoryId.StreamKey, token: cancellation)
            ?? throw new InvalidOperationException($"Nothing is recorded of {message.RepositoryId.StreamKey}.");
        if (repository.Published >= message.Revision)
            return null;

        RepositoryPackage[] packages = [.. repository.Packages.Values.Where(package => package.IsStored)];
        if (packages is [] && !repository.Packages.IsEmpty && !repository.IsIndexed && repository.Settings.ServedAt(repository.Identity.Name) is null)
            return new RecordRepositoryVersion(repository.RepositoryId, repository.Revision, Metadata: [], SignedBy: null);

        try
        {
            var index = await IndexAsync(repository, packages, session, apt, rpm, cancellation);
            return new RecordRepositoryVersion(repository.RepositoryId, repository.Revision, index.Files, index.SignedBy);
        }
        catch (UnpublishableException e)
        {
            return new RecordPublicationFailure(repository.RepositoryId, repository.Revision, e.Message, e.Packages);
        }
    }

    public static RecordPublicationFailure GiveUp(PublishRepository message, string reason) => new(message.RepositoryId, message.Revision, reason, []);

    private static async Task<(IReadOnlyList<RepositoryFile> Files, string? SignedBy)> IndexAsync(
        Repository repository, RepositoryPackage[] packages, IQuerySession session, AptIndex apt, RpmIndex rpm, CancellationToken cancellation)
    {
        var published = await session.IndexAsync(repository.RepositoryId.Value, cancellation);
        return KindOf(repository) switch
        {
            PackageKind.Deb => await apt.MakeAsync(repository.Identity.Arch, packages, published, cancellation),
            PackageKind.Rpm => await rpm.MakeAsync(packages, published, cancellation),
            _ => ([], null),
        };
    }

    /// <summary>A distribution's own repositories carry their arch as type; their packages tell what they are.</summary>
    private static PackageKind? KindOf(Repository repository) => repository.Identity.Type switch
    {
        "deb" => PackageKind.Deb,
        "rpm" => PackageKind.Rpm,
        "build_log" or "test_log" or "sign_key" => null,
        _ when Has(repository, ".rpm") => PackageKind.Rpm,
        _ when Has(repository, ".deb", ".udeb", ".dsc") => PackageKind.Deb,
        _ => null,
    };

    private static bool Has(Repository repository, params string[] extensions) =>
        repository.Packages.Keys.Any(path => extensions.Contains(Path.GetExtension(path)));

    private enum PackageKind
    {
        Deb,
        Rpm,
    }
}
