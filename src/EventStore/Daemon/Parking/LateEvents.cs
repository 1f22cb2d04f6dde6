using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>An event that turned up below the mark.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="RepairedBy">The shards that took it in since.</param>
/// <param name="Alias">Its alias; null when it is gone, for compacting deletes events.</param>
/// <param name="Item">The event.</param>
internal sealed record LateEvent(long Sequence, HashSet<string> RepairedBy, string? Alias, PageEvent Item)
{
    public bool Concerns(ProjectionModel projection) =>
        Alias is not null && projection.Aliases().Contains(Alias) && (projection.IncludesArchived || Item.Event is not { IsArchived: true });

    public bool IsMissedBy(ProjectionModel projection) => Concerns(projection) && !RepairedBy.Contains(projection.ShardName);
}

/// <summary>SQL of <c>es.late_events</c> and <c>es.late_repairs</c>.</summary>
internal static class LateEvents
{
    private const int EventAt = 2;

    public static async Task<List<LateEvent>> UnrepairedAsync(DocumentStore store, CancellationToken token)
    {
        await using var command = store.DataSource.CreateCommand($"""
            select l.seq_id, array(select r.shard from es.late_repairs r where r.seq_id = l.seq_id), {EventRows.Columns}
            from es.late_events l left join public.mt_events e on e.seq_id = l.seq_id where l.repaired is null order by l.seq_id
            """);
        await using var reader = await command.ExecuteReaderAsync(token);
        var late = new List<LateEvent>();
        while (await reader.ReadAsync(token))
        {
            var shards = new HashSet<string>(reader.GetFieldValue<string[]>(1), StringComparer.Ordinal);
            late.Add(reader.IsDBNull(EventAt)
                ? new LateEvent(reader.GetInt64(0), shards, Alias: null, default)
                : new LateEvent(reader.GetInt64(0), shards, reader.GetString(EventAt + 3), EventPageReader.Read(reader, store.Events, EventAt)));
        }

        return late;
    }

    /// <summary>Notes that a projection has taken them in.</summary>
    public static NpgsqlBatchCommand Note(ProjectionModel projection, IEnumerable<LateEvent> late) => new(
        "insert into es.late_repairs (seq_id, shard) select s, $2 from unnest($1) s on conflict do nothing")
    {
        Parameters = { new() { Value = late.Select(l => l.Sequence).ToArray() }, new() { Value = projection.ShardName } },
    };

    public static async Task MarkRepairedAsync(DocumentStore store, long[] numbers, CancellationToken token)
    {
        await using var command = store.DataSource.CreateCommand("update es.late_events set repaired = now() where seq_id = any($1)");
        command.Parameters.Add(new() { Value = numbers });
        await command.ExecuteNonQueryAsync(token);
    }
}
