using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The repositories named in a platform's request.</summary>
internal static class PlatformRepositories
{
    public static async Task<IReadOnlyList<NewRepository>> NewAsync(
        IReadOnlyList<RepositoryRequest> requests, CurrentPrincipal principal, IQuerySession session, CancellationToken ct)
    {
        var ids = requests is [] ? [] : await session.NextIdsAsync<RepositoryId>(requests.Count, ct);
        return [.. requests.Zip(ids, (request, id) => PlatformMapping.ToNew(request, id, principal.UserId))];
    }

    /// <summary>Known ones are updated in place, unknown ones are made (albs 6.1).</summary>
    /// <returns>The ids, in the order of the request.</returns>
    public static async Task<IReadOnlyList<RepositoryId>> ReplaceAsync(
        IReadOnlyList<RepositoryRequest> requests, CurrentPrincipal principal, IQuerySession session, IMessageBus bus, CancellationToken ct)
    {
        var ids = new List<RepositoryId>();
        foreach (var request in requests)
            ids.Add(await ReplaceAsync(request, principal, session, bus, ct));

        return ids;
    }

    private static async Task<RepositoryId> ReplaceAsync(
        RepositoryRequest request, CurrentPrincipal principal, IQuerySession session, IMessageBus bus, CancellationToken ct)
    {
        var identity = PlatformMapping.ToIdentity(request);
        var named = await session.RepositoriesNamedAsync(request.Name, ct);
        if (named.FirstOrDefault(r => PlatformMapping.ToIdentity(r) == identity) is { } known)
        {
            await bus.InvokeAsync(new UpdateRepository(new(known.Number), PlatformMapping.ToSettings(request)), ct);
            return new(known.Number);
        }

        var id = await session.NextIdAsync<RepositoryId>(ct);
        await bus.InvokeAsync(new CreateRepository(PlatformMapping.ToNew(request, id, principal.UserId)), ct);
        return id;
    }
}
