using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>The numbers of the log as one snapshot sees them.</summary>
internal static class VisibleNumbers
{
    /// <returns>The largest number, and what is missing between <paramref name="floor"/> and it.</returns>
    public static async Task<(long Largest, NpgsqlRange<long>[] Missing)> AboveAsync(NpgsqlConnection connection, long floor, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            select coalesce(max(seq_id), $1), coalesce(range_agg(int8range(before + 1, seq_id)) filter (where seq_id > before + 1), '{}')
            from (select seq_id, lag(seq_id, 1, $1) over (order by seq_id) before from public.mt_events where seq_id > $1) n
            """, connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = floor } } };
        await using var reader = await command.ExecuteReaderAsync(token);
        await reader.ReadAsync(token);
        return (reader.GetInt64(0), reader.GetFieldValue<NpgsqlRange<long>[]>(1));
    }
}
