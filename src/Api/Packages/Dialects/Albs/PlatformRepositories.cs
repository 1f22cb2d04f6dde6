using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The repositories named in a platform's request.</summary>
internal static class PlatformRepositories
{
    /// <summary>With paths for URLs of content of ours, as it is given to clients at whatever address they ask.</summary>
    public static IReadOnlyList<RepositoryRequest> In(PlatformRequest request, Func<string, string> pathOf) =>
        [.. (request.Repos ?? []).Select(r => r with { Url = pathOf(r.Url) })];

    public static async Task<IReadOnlyList<NewRepository>> NewAsync(
        IReadOnlyList<RepositoryRequest> requests, CurrentPrincipal principal, IQuerySession session, CancellationToken ct)
    {
        var ids = requests is [] ? [] : await session.NextIdsAsync<RepositoryId>(requests.Count, ct);
        return [.. requests.Zip(ids, (request, id) => PlatformMapping.ToNew(request, id, principal.UserId))];
    }

    /// <summary>The full new list: known ones are updated in place, unknown ones are made, all with the platform (albs 6.1).</summary>
    public static async Task<UpdatePlatform> WithRepositoriesAsync(
        this UpdatePlatform command, PlatformDetails platform, PlatformRequest request, Func<string, string> pathOf, CurrentPrincipal principal, IQuerySession session,
        CancellationToken ct)
    {
        var requests = In(request, pathOf);
        var known = await session.RepositoriesNamedAsync([.. requests.Select(r => r.Name).Distinct(StringComparer.Ordinal)], ct);
        var pairs = requests.Zip(RepositoryMatching.Match(requests, known, platform.Repositories)).ToList();
        await session.RefuseSharedAsync(pairs, pathOf, ct);
        var made = await NewAsync([.. pairs.Where(p => p.Second is null).Select(p => p.First)], principal, session, ct);
        var ids = new Queue<RepositoryId>(made.Select(r => r.RepositoryId));
        return command with
        {
            Repositories = [.. pairs.Select(p => p.Second is { } repository ? new RepositoryId(repository.Number) : ids.Dequeue())],
            KnownRepositories = [.. pairs.Select(p => ChangeOf(p.Second, PlatformMapping.ToSettings(p.First))).OfType<UpdateRepository>()],
            NewRepositories = made,
        };
    }

    /// <summary>Null where nothing changes, so that a long list does not read all their streams.</summary>
    private static UpdateRepository? ChangeOf(RepositoryDetails? known, RepositorySettings wanted) =>
        known is null || known.Settings.ChangesTo(wanted) == RepositorySettings.None ? null : new(new(known.Number), wanted);
}
