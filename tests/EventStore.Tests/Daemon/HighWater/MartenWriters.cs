using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>What Marten does in its Quick modes: one call of its function, which draws and inserts one event after the other.</summary>
internal sealed class QuickWriter(string connectionString, Habits habits, int seed) : Writer(connectionString, habits, seed)
{
    private const string Append = """
        select mt_quick_append_events($1, 'thing', '*DEFAULT*', $2, array_fill('thing_done'::varchar, array[$3]), array_fill('Thing, Things'::varchar, array[$3]),
          array_fill('{}'::jsonb, array[$3]), array_fill(null::bytea, array[$3]), array_fill(null::varchar, array[$3]), array_fill(null::varchar, array[$3]),
          array_fill('null'::jsonb, array[$3]), array_fill(null::varchar, array[$3]), array_fill(now(), array[$3]))
        """;

    private readonly string[] streams = [.. Enumerable.Range(0, 20).Select(n => $"quick-{seed}-{n}")];

    protected override async Task<int> AppendAsync(NpgsqlConnection connection, int count, CancellationToken token)
    {
        await using var transaction = await connection.BeginTransactionAsync(token);
        await ExecuteAsync(connection, Append, token,
            streams[Random.Next(streams.Length)], Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray(), count);

        if (Dawdles)
            await DawdleAsync(connection, token);

        if (RollsBack)
        {
            await transaction.RollbackAsync(token);
            return 0;
        }

        await transaction.CommitAsync(token);
        return count;
    }
}

/// <summary>What Marten does in its Rich mode: numbers are drawn first, outside any transaction, and inserted some time later, or never.</summary>
internal sealed class RichWriter(string connectionString, Habits habits, int seed) : Writer(connectionString, habits, seed)
{
    private const string Insert = """
        with s as (insert into mt_streams (id, type, version) values ($1, 'thing', cardinality($2)) returning id)
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, headers, is_archived)
        select e.seq_id, gen_random_uuid(), s.id, e.ord, '{}', 'thing_done', now(), '*DEFAULT*', 'Thing, Things', 'null', false
        from s cross join unnest($2) with ordinality e(seq_id, ord)
        """;

    protected override async Task<int> AppendAsync(NpgsqlConnection connection, int count, CancellationToken token)
    {
        var numbers = await DrawAsync(connection, count, token);
        if (Dawdles)
            await DawdleAsync(connection, token);

        // Its process ended before it wrote: nothing tells the database.
        if (RollsBack)
            return 0;

        await ExecuteAsync(connection, Insert, token, NewKey, numbers);
        return count;
    }

    private static async Task<long[]> DrawAsync(NpgsqlConnection connection, int count, CancellationToken token)
    {
        await using var draw = new NpgsqlCommand("select array(select nextval('mt_events_sequence') from generate_series(1, $1))", connection)
        {
            Parameters = { new() { Value = count } },
        };
        return (long[])(await draw.ExecuteScalarAsync(token))!;
    }
}
