using EventSourced.Domain.Accounts;

namespace EventSourced.Projections.Accounts;

public static class KeyQueries
{
    /// <summary>A principal's keys that are not revoked.</summary>
    public static async Task<IReadOnlyList<ApiKeyId>> ValidKeysAsync(this IQuerySession session, string principal, CancellationToken token) =>
        [.. (await session.QueryAsync<Guid>("select id from es.api_keys where principal = ? and revoked_at is null order by id", token, principal)).Select(ApiKeyId.Of)];
}
