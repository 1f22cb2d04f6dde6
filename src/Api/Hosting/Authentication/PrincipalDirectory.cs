using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>
/// Finds principals by API key or by name (users only) in the read models of the accounts area. What was found is used again for <see cref="AccessOptions.PrincipalsKept"/>;
/// a host that changes accounts forgets at once.
/// </summary>
public sealed class PrincipalDirectory(NpgsqlDataSource database, IOptions<AccessOptions> options, TimeProvider time)
{
    private const int MostKept = 10_000;

    // A node's keys count while the node does: from its retirement on they are refused, whether or not each has been revoked yet.
    private const string ByKey = """
        select k.principal, case when u.id is null then array['node'] else u.roles end, k.scopes, k.expires_at
        from es.api_keys k left join es.users u on u.key = k.principal left join public.mt_doc_nodedetails n on n.id = k.principal
        where k.digest = $1 and k.revoked_at is null and (u.active or u.id is null and k.principal like 'node-%' and n.data ->> 'RetiredAt' is null)
        """;

    private const string ByName = "select key, roles, '{}'::text[], null::timestamptz from es.users where key = $1 and active";

    private ConcurrentDictionary<string, Kept> kept = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of a key in lower-case hex: what is stored of it.</summary>
    public static string DigestOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>The principal of an API key that is neither revoked nor expired; null otherwise.</summary>
    public Task<CurrentPrincipal?> FindByKeyAsync(string key, CancellationToken ct)
    {
        // The look-up is by digest of a 256-bit random key, so its timing tells nothing about any key.
        var digest = DigestOf(key);
        return FindAsync("digest " + digest, ByKey, digest, ct);
    }

    /// <summary>The active principal of this name; null otherwise.</summary>
    public Task<CurrentPrincipal?> FindAsync(string principal, CancellationToken ct) => FindAsync("name " + principal, ByName, principal, ct);

    /// <summary>Called after every change of accounts in this host.</summary>
    public void Forget() => kept = new(StringComparer.Ordinal);

    private async Task<CurrentPrincipal?> FindAsync(string name, string sql, string parameter, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var generation = kept;
        if (!generation.TryGetValue(name, out var found) || found.Until <= now)
        {
            found = await ReadAsync(sql, parameter, now, ct);
            if (generation.Count >= MostKept)
                generation.Clear();

            // Only what exists is kept: made-up keys must not push out real ones.
            if (found is not null)
                generation[name] = found;
        }

        return found is null || found.Principal.ExpiresAt <= now ? null : found.Principal;
    }

    private async Task<Kept?> ReadAsync(string sql, string parameter, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = parameter });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new Kept(
                new CurrentPrincipal(
                    reader.GetString(0), reader.GetFieldValue<string[]>(1), reader.GetFieldValue<string[]>(2),
                    await reader.IsDBNullAsync(3, ct) ? null : reader.GetFieldValue<DateTimeOffset>(3)),
                now + options.Value.PrincipalsKept)
            : null;
    }

    private sealed record Kept(CurrentPrincipal Principal, DateTimeOffset Until);
}
