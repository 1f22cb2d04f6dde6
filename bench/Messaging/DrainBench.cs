using System.Diagnostics;
using System.Runtime.CompilerServices;
using Npgsql;

namespace EventSourced.Bench.Messaging;

/// <summary>How fast a backlog is handled, an event appended for each message.</summary>
internal static class DrainBench
{
    private const int Messages = 100_000;
    private const int Ledgers = 10_000;

    private const string BacklogSql = """
        insert into es.queue (message_id, key, type, body, headers, sent, due)
        select gen_random_uuid(), 'ledger-' || n % $2, $3, jsonb_build_object('LedgerId', jsonb_build_object('Value', n % $2), 'Amount', n),
            '{"correlation_id": "bench", "user_name": "system"}', now(), now()
        from generate_series(1, $1) n
        """;

    private const string AppendSql = """
        with s as (insert into mt_streams (id, type, version, timestamp, created)
            values ('bench-' || gen_random_uuid(), 'ledger', 1, now(), now()) returning id)
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, user_name, is_archived)
        select nextval('mt_events_sequence'), gen_random_uuid(), s.id, 1, '{"Ledger": 1, "Amount": 1, "Text": "first"}', 'entry_added', now(), '*DEFAULT*',
            'EventSourced.Bench.Messaging.EntryAdded, EventSourced.bench', 'bench', 'bench', '{"by": "bench"}', 'system', false
        from s;
        """;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var yardstick = await YardstickAsync(server, cancellation);
        var database = await server.CreateDatabaseAsync(cancellation);
        await BusHost.PrepareAsync(database, cancellation);
        await using var source = NpgsqlDataSource.Create(database);
        await FillAsync(source, cancellation);

        var begun = Stopwatch.GetTimestamp();
        using (var host = await BusHost.StartAsync(database, drains: true, cancellation))
        {
            while (await CountAsync(source, "select count(*) from (select from es.queue limit 1) q, pg_sleep(0.02)", cancellation) > 0)
            {
                // The question waits in the database.
            }

            var elapsed = Stopwatch.GetElapsedTime(begun);
            await host.StopAsync(cancellation);
            await CheckAsync(source, cancellation);
            yield return new Row("drain", Messages / elapsed.TotalSeconds, yardstick, "messages/s", "pgbench: one event a statement, new streams, 16 clients");
        }
    }

    /// <summary>What DESIGN's absolute figures are scaled by: one event a statement, new streams, 16 clients.</summary>
    public static async Task<double> YardstickAsync(BenchServer server, CancellationToken cancellation)
    {
        var database = await server.CreateDatabaseAsync(cancellation);
        await BusHost.PrepareAsync(database, cancellation);
        return await PgBench.RunAsync(database, AppendSql, clients: 16, TimeSpan.FromSeconds(5), cancellation);
    }

    private static async Task FillAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(BacklogSql);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Messages });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Ledgers });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = typeof(AddEntry).FullName! });
        await command.ExecuteNonQueryAsync(cancellation);
        await using var analyze = source.CreateCommand("vacuum analyze es.queue");
        await analyze.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task CheckAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        var events = await CountAsync(source, "select count(*) from mt_events", cancellation);
        if (events != Messages)
            throw new InvalidOperationException($"{Messages} messages left {events} events.");
    }

    private static async Task<long> CountAsync(NpgsqlDataSource source, string sql, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(cancellation))!; // count is never null
    }
}
