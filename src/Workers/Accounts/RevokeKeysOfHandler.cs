using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.ApiKeys;
using EventSourced.Projections.Accounts;

namespace EventSourced.Workers.Accounts;

/// <summary>Finds the keys; revoking one that is revoked already decides nothing.</summary>
public static class RevokeKeysOfHandler
{
    public static async Task<IReadOnlyList<RevokeApiKey>> HandleAsync(RevokeKeysOf message, IQuerySession session, CancellationToken ct) =>
        [.. (await session.ValidKeysAsync(message.Principal, ct)).Select(key => new RevokeApiKey(key))];
}
