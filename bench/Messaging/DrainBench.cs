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

    // A store that has been in use: without statistics the planner would plan every read anew.
    private const string LedgersSql = """
        insert into mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
        select 'ledger-' || n, 'ledger', 1, now(), now(), '*DEFAULT*', false from generate_series(0, $1 - 1) n;
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
        select nextval('mt_events_sequence'), gen_random_uuid(), id, 1, '{"Ledger": 1, "Amount": 1, "Text": "first"}', 'entry_added', now(), '*DEFAULT*',
            'EventSourced.Bench.Messaging.EntryAdded, EventSourced.bench', false from mt_streams;
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

        using var handled = new HandledCount(Messages);
        var begun = Stopwatch.GetTimestamp();
        using var host = await BusHost.StartAsync(database, drains: true, cancellation);
        await handled.Reached.WaitAsync(cancellation);
        var elapsed = Stopwatch.GetElapsedTime(begun);
        await host.StopAsync(cancellation);
        await CheckAsync(source, cancellation);
        // Before and after: on a machine that others use too, one of them alone says little.
        yardstick = (yardstick + await YardstickAsync(server, cancellation)) / 2;
        yield return new Row("drain", Messages / elapsed.TotalSeconds, yardstick, "messages/s", "pgbench: one event a statement, new streams, 16 clients");
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
        await ExecuteAsync(source, LedgersSql.Replace("$1", $"{Ledgers}", StringComparison.Ordinal), cancellation);
        await using var backlog = source.CreateCommand(BacklogSql);
        backlog.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Messages });
        backlog.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Ledgers });
        backlog.Parameters.Add(new NpgsqlParameter<string> { TypedValue = typeof(AddEntry).FullName! });
        await backlog.ExecuteNonQueryAsync(cancellation);
        foreach (var table in new[] { "mt_streams", "mt_events", "es.queue" })
            await ExecuteAsync(source, $"vacuum analyze {table}", cancellation);
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task CheckAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand("select (select count(*) from mt_events) - (select count(*) from es.queue)");
        var events = (long)(await command.ExecuteScalarAsync(cancellation))!; // count is never null
        if (events != Messages + Ledgers)
            throw new InvalidOperationException($"{Messages} messages left {events - Ledgers} events.");
    }
}
