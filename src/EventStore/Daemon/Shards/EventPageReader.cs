using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>Reads a projection's events in order, never above the mark.</summary>
internal sealed class EventPageReader(EventGraph events, ProjectionModel projection)
{
    /// <summary>How many events a page holds at most.</summary>
    public const int Size = 500;

    // A page spans a bounded count of numbers, so that a projection that takes few of the events is read in bounded time too.
    private string Sql => $"""
        with m as materialized (
          select mark, least(mark, $1 + 50000) ceiling
          from (select coalesce((select last_seq_id from public.mt_event_progression where name = '{ProgressionRows.HighWaterMark}'), 0) mark) p)
        select m.mark, m.ceiling, e.* from m left join lateral (
          select {projection.EventColumns} from public.mt_events e
          where e.seq_id > $1 and e.seq_id <= m.ceiling and e.type = any($2) {projection.ArchivedFilter}
          order by e.seq_id limit $3) e on true
        order by e.seq_id
        """;

    private string UpToSql => $"""
        select {projection.EventColumns} from public.mt_events e
        where e.seq_id > $1 and e.seq_id <= $4 and e.type = any($2) {projection.ArchivedFilter} order by e.seq_id limit $3
        """;

    private string WithinSql => $"""
        select {projection.EventColumns} from unnest($4) r cross join lateral (
          select * from public.mt_events e
          where e.seq_id > $1 and e.seq_id >= lower(r) and (upper_inf(r) or e.seq_id < upper(r)) and e.type = any($2) {projection.ArchivedFilter}
          order by e.seq_id limit $3) e
        order by e.seq_id limit $3
        """;

    private const int EventAt = 2;

    public async Task<EventPage> ReadAsync(NpgsqlConnection connection, long floor, CancellationToken token)
    {
        await using var command = Command(Sql, connection, floor);
        await using var reader = await command.ExecuteReaderAsync(token);
        var (mark, ceiling) = (0L, 0L);
        var page = new List<PageEvent>();
        while (await reader.ReadAsync(token))
        {
            (mark, ceiling) = (reader.GetInt64(0), reader.GetInt64(1));
            if (!reader.IsDBNull(EventAt))
                page.Add(Read(reader, events, EventAt));
        }

        return new EventPage(floor, page.Count == Size ? page[^1].Sequence : Math.Max(floor, ceiling), mark, page);
    }

    /// <summary>As <see cref="ReadAsync"/>, up to a number instead of the mark: everything visible.</summary>
    public async Task<EventPage> ReadUpToAsync(NpgsqlConnection connection, long floor, long upTo, CancellationToken token)
    {
        await using var command = Command(UpToSql, connection, floor);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        await using var reader = await command.ExecuteReaderAsync(token);
        var page = new List<PageEvent>();
        while (await reader.ReadAsync(token))
            page.Add(Read(reader, events, from: 0));

        return new EventPage(floor, page.Count == Size ? page[^1].Sequence : upTo, upTo, page);
    }

    /// <summary>The next page of the events whose numbers are in some ranges: everything visible.</summary>
    public async Task<IReadOnlyList<PageEvent>> ReadWithinAsync(NpgsqlConnection connection, long floor, NpgsqlRange<long>[] ranges, CancellationToken token)
    {
        await using var command = Command(WithinSql, connection, floor);
        command.Parameters.Add(new NpgsqlParameter { Value = ranges, NpgsqlDbType = NpgsqlDbType.BigIntMultirange });
        await using var reader = await command.ExecuteReaderAsync(token);
        var page = new List<PageEvent>();
        while (await reader.ReadAsync(token))
            page.Add(Read(reader, events, from: 0));

        return page;
    }

    /// <summary>The event of the row at the reader. A body that cannot be read is no reason to stop everybody else.</summary>
    public static PageEvent Read(NpgsqlDataReader row, EventGraph events, int from)
    {
        try
        {
            var read = EventRows.Read(row, events, from);
            return new PageEvent(read.Sequence, read.StreamKey ?? "", read, Unreadable: null);
        }
        catch (Exception broken) when (broken is not (NpgsqlException or IOException or OperationCanceledException))
        {
            return new PageEvent(row.GetInt64(from), EventRows.Text(row, from + 13) ?? "", Event: null, broken);
        }
    }

    private NpgsqlCommand Command(string text, NpgsqlConnection connection, long floor) => new(text, connection)
    {
        Parameters =
        {
            new NpgsqlParameter<long> { TypedValue = floor },
            new NpgsqlParameter<string[]> { TypedValue = projection.Aliases(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
            new NpgsqlParameter<int> { TypedValue = Size },
        },
    };
}
