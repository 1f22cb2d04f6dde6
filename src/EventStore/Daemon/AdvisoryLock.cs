using Npgsql;

namespace EventSourced.EventStore.Daemon;

/// <summary>The ids Marten's daemon computes for its advisory locks (marten-schema 16), so that a shard never runs here and there together.</summary>
internal static class AdvisoryLock
{
    private const long Base = 4444;

    public static long KeyOf(string shardIdentity, string schema = "public") => Base + Math.Abs((long)Hash($"{schema}:{shardIdentity}"));

    /// <summary>
    /// Ends the session, and its locks with it, when nothing is heard of it for 15 s, though its kernel may still answer: the process is frozen or its machine stalls.
    /// Whoever holds such a lock asks more often than that.
    /// </summary>
    public static async Task EndWithSilenceAsync(NpgsqlConnection connection, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("set idle_session_timeout = '15s'", connection);
        await command.ExecuteNonQueryAsync(token);
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
