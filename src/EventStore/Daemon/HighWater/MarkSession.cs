using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.HighWater;

/// <summary>The SQL of the mark, on a dedicated connection whose session holds the mark's advisory lock.</summary>
internal sealed class MarkSession(NpgsqlConnection connection) : IAsyncDisposable
{
    /// <summary>Most columns of a session under another role are null, unless ours may read all statistics; its locks are always seen.</summary>
    private const string Foreign = $"""
        select from pg_stat_activity a
        where a.datname = current_database() and coalesce(a.backend_type, 'client backend') = 'client backend' and a.pid <> pg_backend_pid()
          and a.application_name not like '{StoreOptions.ApplicationNamePrefix}%'
        """;

    /// <summary>
    /// A daemon of Marten's keeps a transaction open for its advisory locks. In one that owns a transaction id, or that drew a number or wrote an event, it holds the
    /// locks of that too.
    /// </summary>
    private const string OnlyLeads = """
        exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory' and l.granted)
          and not exists (select from pg_locks l where l.pid = a.pid and (l.locktype = 'transactionid'
            or l.relation in ('public.mt_events'::regclass, 'public.mt_events_sequence'::regclass)))
        """;

    private const string NoteForeignSkips = """
        insert into es.skips (ending_sequence, missing, found)
        select s.ending_sequence, m.missing, s.timestamp
        from public.mt_high_water_skips s cross join lateral (
          select coalesce(range_agg(int8range(x.before + 1, x.seq_id)) filter (where x.seq_id > x.before + 1), '{}') missing
          from (select seq_id, lag(seq_id, 1, s.starting_sequence) over (order by seq_id) before from (
            select seq_id from public.mt_events e
            where e.seq_id > s.starting_sequence and e.seq_id <= s.ending_sequence and (e.is_archived or age(e.xmin) >= age(s.xmin))
            union all select s.ending_sequence + 1) n) x) m
        where s.timestamp > now() - interval '1 hour' and not exists (select from es.skips k where k.ending_sequence = s.ending_sequence)
        on conflict do nothing
        """;

    /// <summary>Tombstones are what Marten puts in the place of numbers that a failed save had drawn.</summary>
    private const string NoteLateEvents = $"""
        insert into es.late_events (seq_id)
        select e.seq_id from es.skips s cross join lateral unnest(s.missing) m
        join public.mt_events e on e.seq_id >= lower(m) and e.seq_id < upper(m)
        where s.found > now() - interval '1 hour' and e.type <> '{EventGraph.Tombstone}'
          and not exists (select from es.late_events l where l.seq_id = e.seq_id)
        on conflict do nothing
        returning seq_id
        """;

    public static async Task<MarkSession> OpenAsync(string connectionString, CancellationToken token)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = $"{StoreOptions.ApplicationNamePrefix} mark", Pooling = false, KeepAlive = 10,
        }.ConnectionString);

        await connection.OpenAsync(token);
        await AdvisoryLock.EndWithSilenceAsync(connection, token);

        // A mark lost in a crash is found again; a shard's commit, which waits for the disk, makes every mark before it durable too.
        await using var async = new NpgsqlCommand("set synchronous_commit = off", connection);
        await async.ExecuteNonQueryAsync(token);
        return new MarkSession(connection);
    }

    public Task<bool> TryLeaseAsync(CancellationToken token) => AdvisoryLock.TryTakeAsync(connection, ProgressionRows.HighWaterMark, token);

    /// <summary>Reads the mark's row, which is made when it is missing.</summary>
    public async Task<long> ReadAsync(CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            with made as (insert into public.mt_event_progression (name, last_seq_id) values ($1, 0) on conflict do nothing)
            select coalesce((select last_seq_id from public.mt_event_progression where name = $1), 0)
            """, connection) { Parameters = { new() { Value = ProgressionRows.HighWaterMark } } };
        return (long)(await command.ExecuteScalarAsync(token))!;
    }

    /// <summary>Reads above the mark, or above its row where another daemon has moved that on.</summary>
    public async Task<MarkPoll> PollAsync(long mark, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            with m as materialized (
              select greatest($1, (select last_seq_id from public.mt_event_progression where name = $3)) mark),
            e as (select seq_id, row_number() over (order by seq_id) rn from
              (select seq_id from public.mt_events where seq_id > (select mark from m) order by seq_id limit $2) x)
            select (select mark from m), coalesce(max(seq_id) filter (where seq_id = (select mark from m) + rn), (select mark from m)),
              array(select seq_id from e where seq_id > (select mark from m) + rn order by 1),
              coalesce((select max(seq_id) from public.mt_events), 0),
              pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
              (select last_value from public.mt_events_sequence),
              statement_timestamp()
            from e
            """, connection)
        {
            Parameters = { new() { Value = mark }, new() { Value = (long)MarkPoll.Window }, new() { Value = ProgressionRows.HighWaterMark } },
        };
        await command.PrepareAsync(token);
        await using var reader = await command.ExecuteReaderAsync(token);
        await reader.ReadAsync(token);
        return new MarkPoll(
            reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<long[]>(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetDateTime(6));
    }

    /// <summary>Draws a transaction id in a transaction of its own, never the one of a poll.</summary>
    public async Task<Fence> FenceAsync(long upTo, DateTime undrawnAt, long now, CancellationToken token)
    {
        await using var command = new NpgsqlCommand($"""
            select pg_current_xact_id()::text::bigint, exists ({Foreign}),
              array(select v.virtualxid from pg_locks v where v.locktype = 'virtualxid' and v.granted and exists ({Foreign} and a.pid = v.pid))
            """, connection);
        await command.PrepareAsync(token);
        await using var reader = await command.ExecuteReaderAsync(token);
        await reader.ReadAsync(token);
        return new Fence(reader.GetInt64(0), upTo, reader.GetBoolean(1), reader.GetFieldValue<string[]>(2), now, undrawnAt);
    }

    /// <summary>
    /// Whether a foreign transaction that was open at the fence still is. One that has been idle since before the missing numbers were drawn did not draw them, nor
    /// did one that does nothing but lead a daemon.
    /// </summary>
    public async Task<bool> OlderForeignTransactionAsync(Fence fence, CancellationToken token)
    {
        await using var command = new NpgsqlCommand($"""
            select exists (
              select from pg_locks v where v.locktype = 'virtualxid' and v.granted and v.virtualxid = any($1) and exists (
                {Foreign} and a.pid = v.pid and (a.state like 'idle in transaction%' and a.state_change < $2) is not true and not ({OnlyLeads})))
            """, connection)
        {
            Parameters = { new() { Value = fence.Transactions }, new() { Value = fence.UndrawnAt } },
        };
        return (bool)(await command.ExecuteScalarAsync(token))!; // exists() is never null
    }

    /// <summary>Moves the mark and records the skips, unless another process moved it.</summary>
    public async Task<bool> TryMoveAsync(long from, long to, IReadOnlyList<Skip> skips, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            with moved as (
              update public.mt_event_progression set last_seq_id = $3, last_updated = transaction_timestamp()
              where name = $1 and coalesce(last_seq_id, 0) = $2 returning 1),
            recorded as (
              insert into public.mt_high_water_skips (ending_sequence, starting_sequence)
              select s.ending, s.starting from moved cross join unnest($4, $5) s(ending, starting)
              on conflict do nothing),
            noted as (
              insert into es.skips (ending_sequence, missing)
              select s.ending, int8multirange(int8range(s.starting + 1, s.ending)) from moved cross join unnest($4, $5) s(ending, starting)
              on conflict do nothing)
            select exists (select from moved)
            """, connection)
        {
            Parameters =
            {
                new() { Value = ProgressionRows.HighWaterMark }, new() { Value = from }, new() { Value = to },
                new() { Value = skips.Select(s => s.To).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                new() { Value = skips.Select(s => s.From).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
            },
        };
        await command.PrepareAsync(token);
        return (bool)(await command.ExecuteScalarAsync(token))!;
    }

    /// <summary>
    /// Notes events that turned up though their number had been given up during the last hour. A span that Marten's daemon recorded holds numbers it saw as well, so
    /// what was missing in it is remembered when it is first seen: numbers that are not there, and events younger than the record.
    /// </summary>
    public async Task<IReadOnlyList<long>> NoteLateEventsAsync(CancellationToken token)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("delete from es.skips where found < now() - interval '1 day'"), new(NoteForeignSkips), new(NoteLateEvents) },
        };
        await using var reader = await batch.ExecuteReaderAsync(token);
        var late = new List<long>();
        while (await reader.ReadAsync(token))
            late.Add(reader.GetInt64(0));

        return late;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
