using System.Runtime.CompilerServices;

namespace EventSourced.Bench.Store;

/// <summary>Appends to new streams, unfolded and folded, beside pgbench inserting the same rows in one statement.</summary>
internal static class AppendBench
{
    private static int run;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken token)
    {
        var database = await server.CreateDatabaseAsync(token);
        await (await BenchStore.OpenAsync(database, _ => { }, token)).DisposeAsync();
        foreach (var cases in new Case[][]
        {
            [new("append-1", 1, 16, Folded: false), new("append-folded-1", 1, 16, Folded: true)],
            [new("append-10", 10, 16, Folded: false)],
            [new("append-folded-10", 10, 64, Folded: true)],
        })
        {
            var yardsticks = new List<double>();
            var turns = cases.ToDictionary(c => c, _ => new List<LoadResult>());
            for (var turn = 0; turn < Load.Turns; turn++)
            {
                await BenchStore.EmptyAsync(database, token);
                yardsticks.Add(await PgBench.RunAsync(database, Script(cases[0].Events), cases[0].Callers, Load.Turn, token));
                foreach (var one in cases)
                    turns[one].Add(await MeasureAsync(database, one, Load.Turn, token));
            }

            foreach (var one in cases)
                yield return RowOf(one, LoadResult.Of(turns[one]), yardsticks.Average());
        }

        yield return await LoneAsync(database, token);
    }

    /// <summary>Unfolded appends of one event by 16 writers, in events a second: what other rows are compared with.</summary>
    public static async Task<double> UnfoldedAsync(BenchServer server, CancellationToken token)
    {
        var database = await server.CreateDatabaseAsync(token);
        await (await BenchStore.OpenAsync(database, _ => { }, token)).DisposeAsync();
        return (await MeasureAsync(database, new Case("", 1, 16, Folded: false), Load.Duration, token)).PerSecond;
    }

    private static Row RowOf(Case one, LoadResult result, double yardstick) =>
        new(one.Name, result.PerSecond * one.Events, yardstick * one.Events, "events/s", "pgbench")
        {
            More = new()
            {
                ["callers"] = one.Callers, ["bytesPerAppend"] = Math.Round(result.BytesPerCall), ["p50Ms"] = Math.Round(result.Percentile(0.5), 3),
                ["p99Ms"] = Math.Round(result.Percentile(0.99), 3),
            },
        };

    /// <summary>What folding costs a caller who is alone.</summary>
    private static async Task<Row> LoneAsync(string database, CancellationToken token)
    {
        var (unfolded, folded) = (new List<LoadResult>(), new List<LoadResult>());
        for (var turn = 0; turn < Load.Turns; turn++)
        {
            unfolded.Add(await MeasureAsync(database, new Case("", 1, 1, Folded: false), Load.Turn, token));
            folded.Add(await MeasureAsync(database, new Case("", 1, 1, Folded: true), Load.Turn, token));
        }

        return new Row("append-folded-lone", LoadResult.Of(folded).Percentile(0.5), LoadResult.Of(unfolded).Percentile(0.5), "ms", "unfolded append, one caller");
    }

    private static async Task<LoadResult> MeasureAsync(string database, Case one, TimeSpan time, CancellationToken token)
    {
        await BenchStore.EmptyAsync(database, token);
        await using var store = await BenchStore.OpenAsync(database, options => options.Events.FoldConcurrentAppends = one.Folded, token);
        var prefix = $"order-{Interlocked.Increment(ref run)}";
        return await Load.RunAsync(one.Callers, time, async (caller, n) =>
        {
            var events = new object[one.Events];
            for (var e = 0; e < events.Length; e++)
                events[e] = new OrderPlaced(n, "Customer of some length", 12.5m);

            await using var session = store.LightweightSession();
            session.Events.StartStream<Order>($"{prefix}-{caller}-{n}-{Random.Shared.Next()}", events);
            await session.SaveChangesAsync(token);
        });
    }

    private static string Script(int events) => $$"""
        \set r random(1, 1000000000000000)
        with s as (insert into public.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
            values ('order-y-' || :client_id || '-' || :r, 'order', {{events}}, now(), now(), '*DEFAULT*', false) returning id)
        insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, headers, is_archived)
        select nextval('public.mt_events_sequence'), gen_random_uuid(), s.id, n, '{"Number": 1, "Customer": "Customer of some length", "Amount": 12.5}', 'order_placed',
            now(), '*DEFAULT*', 'EventSourced.Bench.Store.OrderPlaced, EventSourced.bench', '{"by": "store"}', false
        from s cross join generate_series(1, {{events}}) n;
        """;

    private sealed record Case(string Name, int Events, int Callers, bool Folded);
}
