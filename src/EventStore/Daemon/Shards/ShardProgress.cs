using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>Where a shard stands, as of one version of its row: whoever touches the row, a repair or a rebuild included, makes the next move of others fail.</summary>
/// <param name="Shard">The row's name.</param>
/// <param name="Floor">The last number taken in.</param>
/// <param name="Updated">When the row was last touched.</param>
/// <param name="Exists">Whether there is a row yet.</param>
internal sealed record ShardProgress(string Shard, long Floor, DateTime? Updated, bool Exists)
{
    private const string Guard =
        "select last_updated from p union all select to_timestamp(es.conflict()) where not exists (select from p)";

    public static async Task<ShardProgress> LoadAsync(NpgsqlConnection connection, string shard, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select last_seq_id, last_updated from public.mt_event_progression where name = $1", connection)
        {
            Parameters = { new() { Value = shard } },
        };
        return await ReadAsync(command, shard, token);
    }

    /// <summary>As <see cref="LoadAsync"/>, and nobody moves the shard before the transaction ends.</summary>
    public static async Task<ShardProgress> LockAsync(NpgsqlConnection connection, string shard, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select last_seq_id, last_updated from public.mt_event_progression where name = $1 for update", connection)
        {
            Parameters = { new() { Value = shard } },
        };
        return await ReadAsync(command, shard, token);
    }

    /// <summary>Moves the row; raises <c>ES001</c> when it is not as it was read. Its one result is the new <see cref="Updated"/>.</summary>
    public NpgsqlBatchCommand Move(long ceiling) => Exists
        ? new NpgsqlBatchCommand($"""
            with p as (update public.mt_event_progression set last_seq_id = $2, last_updated = clock_timestamp()
                       where name = $1 and coalesce(last_seq_id, 0) = $3 and last_updated is not distinct from $4 returning last_updated)
            {Guard}
            """)
        {
            Parameters =
            {
                new() { Value = Shard }, new() { Value = ceiling }, new() { Value = Floor },
                new() { Value = (object?)Updated ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        }
        : new NpgsqlBatchCommand($"""
            with p as (insert into public.mt_event_progression (name, last_seq_id, last_updated) values ($1, $2, clock_timestamp())
                       on conflict do nothing returning last_updated)
            {Guard}
            """)
        {
            Parameters = { new() { Value = Shard }, new() { Value = ceiling } },
        };

    public ShardProgress MovedTo(long ceiling, DateTime updated) => this with { Floor = ceiling, Updated = updated, Exists = true };

    private static async Task<ShardProgress> ReadAsync(NpgsqlCommand command, string shard, CancellationToken token)
    {
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token)
            ? new ShardProgress(shard, reader.IsDBNull(0) ? 0 : reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetDateTime(1), Exists: true)
            : new ShardProgress(shard, 0, null, Exists: false);
    }
}
