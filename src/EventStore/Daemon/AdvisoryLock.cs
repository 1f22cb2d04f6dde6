using Npgsql;

namespace EventSourced.EventStore.Daemon;

/// <summary>The ids Marten's daemon computes for its advisory locks (marten-schema 16), so that a shard never runs here and there together.</summary>
internal static class AdvisoryLock
{
    private const long Base = 4444;

    public static long KeyOf(string shardIdentity, string schema = "public") => Base + Math.Abs((long)Hash($"{schema}:{shardIdentity}"));

    /// <summary>Takes the lock for as long as the session lasts, unless another has it.</summary>
    public static async Task<bool> TryTakeAsync(NpgsqlConnection connection, string what, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = KeyOf(what) } } };
        return await command.ExecuteScalarAsync(token) is true;
    }

    /// <summary>
    /// Ends the session, and its locks with it, when nothing is heard of it for 15 s, though its kernel may still answer: the process is frozen or its machine stalls.
    /// Whoever holds such a lock asks more often than that.
    /// </summary>
    public static async Task EndWithSilenceAsync(NpgsqlConnection connection, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("set idle_session_timeout = '15s'", connection);
        await command.ExecuteNonQueryAsync(token);
    }

    /// <summary>
    /// Takes a shard's lock until the transaction ends, unless a daemon of ours has it, which notices by the shard's progress what is done beside it.
    /// </summary>
    /// <exception cref="ShardRunElsewhereException">A session that is not ours has it.</exception>
    public static async Task HoldAsync(NpgsqlConnection connection, string shard, CancellationToken token)
    {
        while (!await TryHoldAsync(connection, shard, token))
        {
            if (await HolderAsync(connection, shard, token) is not { } holder)
                continue; // given back in between

            if (!holder.StartsWith(StoreOptions.ApplicationNamePrefix, StringComparison.Ordinal))
                throw new ShardRunElsewhereException(shard, holder);

            return;
        }
    }

    private static async Task<bool> TryHoldAsync(NpgsqlConnection connection, string shard, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_xact_lock($1)", connection) { Parameters = { new() { Value = KeyOf(shard) } } };
        return await command.ExecuteScalarAsync(token) is true;
    }

    private static async Task<string?> HolderAsync(NpgsqlConnection connection, string shard, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            select coalesce(a.application_name, '') from pg_locks l left join pg_stat_activity a on a.pid = l.pid
            where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and (l.classid::bigint << 32 | l.objid::bigint) = $1
              and l.database = (select oid from pg_database where datname = current_database())
            limit 1
            """, connection) { Parameters = { new() { Value = KeyOf(shard) } } };
        return (string?)await command.ExecuteScalarAsync(token);
    }

    private static int Hash(string text)
    {
        unchecked
        {
            var even = (5381 << 16) + 5381;
            var odd = even;
            for (var i = 0; i < text.Length; i++)
            {
                if (i % 2 == 0)
                    even = ((even << 5) + even) ^ text[i];
                else
                    odd = ((odd << 5) + odd) ^ text[i];
            }

            return even + (odd * 1566083941);
        }
    }
}
