using System.Runtime.CompilerServices;

namespace EventSourced.Bench.Store;

/// <summary>Fetch for writing, decide, append with one inline document, beside pgbench doing the same two round trips.</summary>
internal static class FetchAppendBench
{
    private const int Writers = 16;
    private const int Streams = 1000;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken token)
    {
        var database = await server.CreateDatabaseAsync(token);
        await using var store = await BenchStore.OpenAsync(database, o => o.Projections.Snapshot<Order>(SnapshotLifecycle.Inline), token);
        var (yardsticks, turns) = (new List<double>(), new List<LoadResult>());
        for (var turn = 0; turn < Load.Turns; turn++)
        {
            await RefillAsync(database, store, token);
            yardsticks.Add(await PgBench.RunAsync(database, Script, Writers, Load.Turn, token));
            await RefillAsync(database, store, token);
            turns.Add(await Load.RunAsync(Writers, Load.Turn, (caller, n) => ChangeAsync(store, Key(caller, n % (Streams / Writers)), token)));
        }

        var result = LoadResult.Of(turns);
        yield return new Row("fetch-append", result.PerSecond, yardsticks.Average(), "commands/s", "pgbench, the same two round trips")
        {
            More = new()
            {
                ["bytesPerCommand"] = Math.Round(result.BytesPerCall), ["p50Ms"] = Math.Round(result.Percentile(0.5), 3), ["p99Ms"] = Math.Round(result.Percentile(0.99), 3),
            },
        };
    }

    private static string Key(int caller, int n) => $"order-{caller}-{n}";

    private static async Task ChangeAsync(DocumentStore store, string key, CancellationToken token)
    {
        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Order>(key, token);
        stream.AppendOne(new OrderChanged(1, "A note of some length", 1));
        await session.SaveChangesAsync(token);
    }

    private static async Task RefillAsync(string database, DocumentStore store, CancellationToken token)
    {
        await BenchStore.EmptyAsync(database, token, ", public.mt_doc_order");
        await using var session = store.LightweightSession();
        for (var caller = 0; caller < Writers; caller++)
        {
            for (var n = 0; n < Streams / Writers; n++)
                session.Events.StartStream<Order>(Key(caller, n), new OrderPlaced(n, "Customer of some length", 12.5m));
        }

        await session.SaveChangesAsync(token);
    }

    private static readonly string Script = $$"""
        \set n random(0, {{Streams / Writers - 1}})
        select s.version as v, d.data, d.mt_version from public.mt_streams s left join public.mt_doc_order d on d.id = s.id
            where s.id = 'order-' || :client_id || '-' || :n \gset
        with s as (update public.mt_streams set version = :v + 1, timestamp = now() where id = 'order-' || :client_id || '-' || :n and version = :v returning id),
        e as (insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, headers, is_archived)
            select nextval('public.mt_events_sequence'), gen_random_uuid(), s.id, :v + 1, '{"Number": 1, "Note": "A note of some length", "Amount": 1}', 'order_changed',
                now(), '*DEFAULT*', 'EventSourced.Bench.Store.OrderChanged, EventSourced.bench', '{"by": "store"}', false from s)
        insert into public.mt_doc_order (id, data, mt_dotnet_type, mt_version)
            select id, '{"Id": "order-1-1", "Customer": "Customer of some length", "Amount": 13.5, "Changes": 1}', 'EventSourced.Bench.Store.Order', :v + 1 from s
            on conflict (id) do update set data = excluded.data, mt_last_modified = transaction_timestamp(), mt_dotnet_type = excluded.mt_dotnet_type, mt_version = excluded.mt_version;
        """;
}
