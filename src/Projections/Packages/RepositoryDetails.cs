using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Projections.Packages;

/// <summary>A repository as it stands.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="Number">The id the outside knows.</param>
/// <param name="Name">Part of its URL.</param>
/// <param name="Arch">An arch, <c>src</c>, or <c>log</c>.</param>
/// <param name="Type">As text, on the wire too.</param>
/// <param name="Debug">Whether it holds debug packages.</param>
/// <param name="Settings">The rest; a URL that begins with a slash is below the address content is served at.</param>
/// <param name="OwnerId">The user who made it.</param>
/// <param name="BuildId">The build it was made for.</param>
/// <param name="PlatformId">The platform of that build.</param>
/// <param name="Revision">Of the wanted content.</param>
/// <param name="Published">The revision clients see; 0 is none.</param>
/// <param name="SignedBy">Fingerprint of the key of the published index.</param>
/// <param name="Failure">Why the last revision was not published; null when it was, or still may be.</param>
public sealed record RepositoryDetails(
    string Id, int Number, string Name, string Arch, string Type, bool Debug, RepositorySettings Settings, int? OwnerId, int? BuildId, int? PlatformId,
    int Revision, int Published, string? SignedBy, FailedPublication? Failure = null);

public sealed partial class RepositoryDetailsProjection : SingleStreamProjection<RepositoryDetails, string>
{
    public static RepositoryDetails Create(RepositoryCreated e) => new(
        e.RepositoryId.StreamKey, e.RepositoryId.Value, e.Identity.Name, e.Identity.Arch, e.Identity.Type, e.Identity.Debug, e.Settings, e.OwnerId,
        e.BuildId?.Value, e.PlatformId?.Value, Revision: 0, Published: 0, SignedBy: null);

    public static RepositoryDetails Apply(RepositoryUpdated e, RepositoryDetails view) => view with { Settings = view.Settings.With(e.Changes) };

    public static RepositoryDetails Apply(RepositoryPackagesAdded e, RepositoryDetails view) => view with { Revision = e.Revision };

    public static RepositoryDetails Apply(RepositoryPackagesRemoved e, RepositoryDetails view) => view with { Revision = e.Revision };

    public static RepositoryDetails Apply(RepositoryRolledBack e, RepositoryDetails view) => view with { Revision = e.Revision };

    public static RepositoryDetails Apply(ReleasePackagesUndone e, RepositoryDetails view) => view with { Revision = e.Revision };

    public static RepositoryDetails Apply(RepositoryPublicationFailed e, RepositoryDetails view) => view with { Failure = new(e.Revision, e.Reason) };

    public static RepositoryDetails Apply(RepositoryVersionPublished e, RepositoryDetails view) =>
        view with { Published = e.Version, SignedBy = e.SignedBy, Failure = view.Failure?.Revision > e.Version ? view.Failure : null };
}

public static class RepositoryQueries
{
    /// <summary>All repositories, by id.</summary>
    public static Task<IReadOnlyList<RepositoryDetails>> RepositoriesAsync(this IQuerySession session, CancellationToken token) =>
        session.QueryAsync<RepositoryDetails>("order by (data ->> 'Number')::int", token);

    /// <summary>The repositories made for these builds, by build, then id.</summary>
    public static Task<IReadOnlyList<RepositoryDetails>> RepositoriesOfBuildsAsync(
        this IQuerySession session, IReadOnlyCollection<int> builds, CancellationToken token) =>
        session.QueryAsync<RepositoryDetails>("where build_id = any(?) order by build_id, (data ->> 'Number')::int", token, [builds.ToArray()]);

    /// <summary>
    /// Whether the repositories of a build show all that its tasks have delivered by now: nothing is left to be added to them or to be published, but for what failed
    /// for good.
    /// </summary>
    public static async Task<bool> ArePublishedAsync(this IQuerySession session, BuildId build, CancellationToken token) =>
        (await session.QueryAsync<bool>(
            """
            select not exists (
                select from mt_doc_repositorydetails r where r.build_id = ? and r.data ->> 'Type' not in ('build_log', 'test_log')
                    and (((r.data ->> 'Revision')::int > (r.data ->> 'Published')::int and r.data #>> '{Failure,Revision}' is distinct from r.data ->> 'Revision')
                        or exists (select from es.queue q where q.key = r.id)))
            """, token, build.Value))[0];

    /// <summary>The repositories of these names, by id.</summary>
    public static Task<IReadOnlyList<RepositoryDetails>> RepositoriesNamedAsync(this IQuerySession session, IReadOnlyCollection<string> names, CancellationToken token) =>
        session.QueryAsync<RepositoryDetails>("where data ->> 'Name' = any(?) order by (data ->> 'Number')::int", token, [names.ToArray()]);

    /// <summary>The repositories of a name; several when they differ in arch, type or debug.</summary>
    public static Task<IReadOnlyList<RepositoryDetails>> RepositoriesNamedAsync(this IQuerySession session, string name, CancellationToken token) =>
        session.QueryAsync<RepositoryDetails>("where data ->> 'Name' = ? order by (data ->> 'Number')::int", token, name);

    /// <summary>Repositories that packages are released to, by id: of one platform, or all of them.</summary>
    public static Task<IReadOnlyList<RepositoryDetails>> ProductionRepositoriesAsync(
        this IQuerySession session, IReadOnlyCollection<int>? ids, CancellationToken token) =>
        session.QueryAsync<RepositoryDetails>(
            "where (data -> 'Settings' ->> 'Production')::boolean and (?::text[] is null or id = any(?::text[])) order by (data ->> 'Number')::int", token,
            KeysOf(ids), KeysOf(ids));

    /// <summary>The repositories served under <c>prod/NAME-ARCH/</c>, by id; the name may hold dashes.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="folder"><c>NAME-ARCH</c>.</param>
    /// <param name="pathOf">Takes the address that content of ours is served at off a URL: some were recorded with it.</param>
    /// <param name="token">Cancels.</param>
    public static async Task<IReadOnlyList<RepositoryDetails>> ProductionRepositoriesAtAsync(
        this IQuerySession session, string folder, Func<string, string> pathOf, CancellationToken token)
    {
        var named = await session.QueryAsync<RepositoryDetails>(
            "where data ->> 'Name' = any(?) and (data -> 'Settings' ->> 'Production')::boolean order by (data ->> 'Number')::int", token, [NamesIn(folder)]);
        return ServedAt([RepositoryAddress.Of(folder)], named, pathOf);
    }

    /// <summary>The repositories served at one of these addresses, by id, each with its address as its URL, however that was recorded.</summary>
    public static async Task<IReadOnlyList<RepositoryDetails>> ProductionRepositoriesWithAsync(
        this IQuerySession session, IReadOnlyCollection<string> urls, Func<string, string> pathOf, CancellationToken token) =>
        ServedAt(urls, await session.ProductionRepositoriesAsync(ids: null, token), pathOf);

    private static IReadOnlyList<RepositoryDetails> ServedAt(IReadOnlyCollection<string> urls, IEnumerable<RepositoryDetails> repositories, Func<string, string> pathOf) =>
    [
        .. repositories.Select(r => r with { Settings = r.Settings with { Url = RepositoryAddress.ServedAt(r.Name, pathOf(r.Settings.Url ?? "")) } })
            .Where(r => r.Settings.Url is { } url && urls.Contains(url)),
    ];

    private static string[] NamesIn(string folder) =>
        [.. Enumerable.Range(1, Math.Max(0, folder.Length - 1)).Where(end => folder[end] is '-').Select(end => folder[..end])];

    private static object KeysOf(IReadOnlyCollection<int>? ids) => ids is null ? DBNull.Value : ids.Select(id => new RepositoryId(id).StreamKey).ToArray();
}
