using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.HighWater;

/// <summary>The SQL of the mark, on a dedicated connection whose session holds the mark's advisory lock.</summary>
internal sealed class MarkSession(NpgsqlConnection connection) : IAsyncDisposable
{
    private const string Foreign = $"""
        select 1 from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
          and application_name not like '{StoreOptions.ApplicationNamePrefix}%'
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

    public async Task<bool> TryLeaseAsync(CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection)
        {
            Parameters = { new() { Value = AdvisoryLock.KeyOf(ProgressionRows.HighWaterMark) } },
        };
        return (bool)(await command.ExecuteScalarAsync(token))!;
    }

    /// <summary>Reads the mark's row, which is made when it is missing.</summary>
    public async Task<long> ReadAsync(CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            with made as (insert into public.mt_event_progression (name, last_seq_id) values ($1, 0) on conflict do nothing)
            select coalesce((select last_seq_id from public.mt_event_progression where name = $1), 0)
            """, connection) { Parameters = { new() { Value = ProgressionRows.HighWaterMark } } };
        return (long)(await command.ExecuteScalarAsync(token))!;
    }

    public async Task<MarkPoll> PollAsync(long mark, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            with e as (select seq_id, row_number() over (order by seq_id) rn from
              (select seq_id from public.mt_events where seq_id > $1 order by seq_id limit $2) x)
            select coalesce(max(seq_id) filter (where seq_id = $1 + rn), $1),
              array(select seq_id from e where seq_id > $1 + rn order by 1),
              coalesce((select max(seq_id) from public.mt_events), 0),
              pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
              (select last_value from public.mt_events_sequence),
              statement_timestamp()
            from e
            """, connection) { Parameters = { new() { Value = mark }, new() { Value = (long)MarkPoll.Window } } };
        await command.PrepareAsync(token);
        await using var reader = await command.ExecuteReaderAsync(token);
        await reader.ReadAsync(token);
        return new MarkPoll(
            mark, reader.GetInt64(0), reader.GetFieldValue<long[]>(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetDateTime(5));
    }

    /// <summary>Draws a transaction id in a transaction of its own, never the one of a poll.</summary>
    public async Task<Fence> FenceAsync(long upTo, DateTime undrawnAt, long now, CancellationToken token)
    {
        await using var command = new NpgsqlCommand($"select pg_current_xact_id()::text::bigint, clock_timestamp(), exists ({Foreign})", connection);
        await command.PrepareAsync(token);
        await using var reader = await command.ExecuteReaderAsync(token);
        await reader.ReadAsync(token);
        return new Fence(reader.GetInt64(0), upTo, reader.GetDateTime(1), reader.GetBoolean(2), now, undrawnAt);
    }

    /// <summary>
    /// Whether a foreign transaction older than the fence still runs. One that has been idle since before the missing numbers were drawn did not draw them.
    /// </summary>
    public async Task<bool> OlderForeignTransactionAsync(Fence fence, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(
            $"select exists ({Foreign} and xact_start <= $1 and not (state like 'idle in transaction%' and state_change < $2))", connection)
        {
            Parameters = { new() { Value = fence.At }, new() { Value = fence.UndrawnAt } },
        };
        return (bool)(await command.ExecuteScalarAsync(token))!;
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
    /// Notes events that turned up in a span given up during the last hour. A span ends with a number that was visible, so that one counts only when it is
    /// younger than the record: Marten's daemon may have recorded another end.
    /// </summary>
    public async Task<IReadOnlyList<long>> NoteLateEventsAsync(CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            insert into es.late_events (seq_id)
            select e.seq_id from public.mt_high_water_skips s
            join public.mt_events e on e.seq_id > s.starting_sequence and e.seq_id <= s.ending_sequence
            where s.timestamp > now() - interval '1 hour' and (e.seq_id < s.ending_sequence or age(e.xmin) < age(s.xmin))
              and not exists (select from es.late_events l where l.seq_id = e.seq_id)
            on conflict do nothing
            returning seq_id
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(token);
        var late = new List<long>();
        while (await reader.ReadAsync(token))
            late.Add(reader.GetInt64(0));

        return late;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
