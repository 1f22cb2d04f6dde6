using System.Text.Json;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Projections.Audit;
using Npgsql;

namespace EventSourced.Api.Audit;

/// <summary>
/// Reads the event log as it is stored, also events whose type this program does not know. Nothing beyond the high-water mark is read by position: a number above it
/// may still be filled in below, and a reader that went on behind it would miss that event for ever.
/// </summary>
public sealed class EventLog(NpgsqlDataSource database)
{
    private const string Columns =
        "e.seq_id, e.id, e.stream_id, e.version, e.type, e.timestamp, e.user_name, e.correlation_id, e.causation_id, e.headers::text, e.data::text";

    private const string Mark = "select coalesce((select last_seq_id from public.mt_event_progression where name = 'HighWaterMark'), 0)";

    // One statement, one snapshot.
    private const string PageSql = "with mark as materialized (select (" + Mark + ") as at) select m.at, " + Columns + """
         from mark m left join lateral (
            select e.* from public.mt_events e where e.seq_id > $1 and e.seq_id <= m.at order by e.seq_id limit $2) e on true
        order by e.seq_id
        """;

    // Candidates are found in the index, which is up to date only so far.
    private const string FilteredPageSql = "with mark as materialized (select least((" + Mark + "), (" + EventIndex.ProgressSql + ")) as at) "
        + "select m.at, " + Columns + """
         from mark m left join lateral (
            select e.* from public.mt_events e where e.seq_id > $1 and e.seq_id <= m.at
                and e.seq_id in (select i.seq_id from es.event_index i where i.{0} = $3 and i.seq_id > $1 order by i.seq_id limit $2)
            order by e.seq_id limit $2) e on true
        order by e.seq_id
        """;

    private const string StreamSql = "select 0::bigint, " + Columns + " from public.mt_events e where e.stream_id = $1 and e.version > $2 order by e.version limit $3";

    private const string VersionSql = "select max(e.version) from public.mt_events e where e.stream_id = $1 and e.timestamp <= $2";

    // What the index does not have yet is read in the log itself, whose end is found by position.
    private const string Indexed = """
        recent as materialized (
            select e.seq_id, e.id as event_id, e.causation_id from public.mt_events e where e.seq_id > (
        """ + EventIndex.ProgressSql + """
        )), indexed as not materialized (
            select i.seq_id, i.event_id, i.causation_id from es.event_index i union all select r.seq_id, r.event_id, r.causation_id from recent r)
        """;

    private const string OneSql = "with " + Indexed + " select 0::bigint, " + Columns + " from indexed i join public.mt_events e on e.seq_id = i.seq_id where i.event_id = $1";

    // From an event to the one that led to it, and so on. A causation that is no event's id is the command at the root.
    private const string CausesSql = "with recursive " + Indexed + """
        , why as (
            select i.seq_id, i.causation_id, 0 as depth from indexed i where i.event_id = $1
            union all
            select c.seq_id, c.causation_id, w.depth + 1 from why w join indexed c
                on c.event_id = case when w.causation_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then w.causation_id::uuid end
            where w.depth < $2)
        """ + "select 0::bigint, " + Columns + " from why w join public.mt_events e on e.seq_id = w.seq_id order by w.depth";

    // Breadth first, so that a cut-off leaves the nearest.
    private const string EffectsSql = "with recursive " + Indexed + """
        , what as (
            select i.seq_id, i.event_id, 0 as depth from indexed i where i.event_id = $1
            union all
            select c.seq_id, c.event_id, w.depth + 1 from what w join indexed c on c.causation_id = w.event_id::text where w.depth < 100),
        nearest as (select seq_id from what where depth > 0 order by depth, seq_id limit $2)
        """ + "select 0::bigint, " + Columns + " from nearest n join public.mt_events e on e.seq_id = n.seq_id order by e.seq_id";

    /// <summary>The log behind a position.</summary>
    /// <param name="after">0 for the beginning.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="filter">Null for all.</param>
    /// <param name="ct">Cancels the read.</param>
    public async Task<EventPageResponse> PageAsync(long after, int limit, EventFilter? filter, CancellationToken ct)
    {
        var (mark, items) = filter is null
            ? await ReadAsync(PageSql, [after, limit], ct)
            : await ReadAsync(FilteredPageSql.Replace("{0}", filter.Column, StringComparison.Ordinal), [after, limit, filter.Value], ct);
        return new EventPageResponse(items, items is [.., var last] ? last.Sequence : after, mark);
    }

    /// <summary>One stream's events behind a version.</summary>
    public async Task<IReadOnlyList<EventResponse>> StreamAsync(string key, long after, int limit, CancellationToken ct) =>
        (await ReadAsync(StreamSql, [key, after, limit], ct)).Items;

    /// <summary>The version a stream had at a time; null when it had no event yet.</summary>
    public async Task<long?> VersionAtAsync(string key, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = database.CreateCommand(VersionSql);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = at.ToUniversalTime() });
        return await command.ExecuteScalarAsync(ct) as long?;
    }

    /// <summary>One event; null when unknown.</summary>
    public async Task<EventResponse?> FindAsync(Guid id, CancellationToken ct) => (await ReadAsync(OneSql, [id], ct)).Items.SingleOrDefault();

    /// <summary>The event, what led to it, what led to that, up to the root; empty when unknown.</summary>
    public async Task<IReadOnlyList<EventResponse>> CausesAsync(Guid id, int limit, CancellationToken ct) => (await ReadAsync(CausesSql, [id, limit], ct)).Items;

    /// <summary>All that followed from an event, in the order of the log; the nearest when there is more.</summary>
    public async Task<IReadOnlyList<EventResponse>> EffectsAsync(Guid id, int limit, CancellationToken ct) => (await ReadAsync(EffectsSql, [id, limit], ct)).Items;

    public async Task<long> HighWaterMarkAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(Mark);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task<(long Mark, IReadOnlyList<EventResponse> Items)> ReadAsync(string sql, object[] parameters, CancellationToken ct)
    {
        var (mark, items) = (0L, new List<EventResponse>());
        await using var command = database.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });

        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            mark = reader.GetInt64(0);
            if (!reader.IsDBNull(1))
                items.Add(Read(reader));
        }

        return (mark, items);
    }

    private static EventResponse Read(NpgsqlDataReader row) => new(
        row.GetInt64(1), row.GetGuid(2), row.GetString(3), row.GetInt64(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6),
        Text(row, 7), Text(row, 8), Text(row, 9), Json(row, 10), Json(row, 11)!.Value);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static JsonElement? Json(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : JsonSerializer.Deserialize<JsonElement>(row.GetString(column), OwnDialect.Dialect.Json);
}

/// <summary>What the log is searched by.</summary>
public sealed record EventFilter
{
    private EventFilter(string column, string value) => (Column, Value) = (column, value);

    internal string Column { get; }

    internal string Value { get; }

    public static EventFilter Correlation(string id) => new("correlation_id", id);

    public static EventFilter Actor(string principal) => new("user_name", principal);

    public static EventFilter Causation(string id) => new("causation_id", id);
}
