using System.Runtime.CompilerServices;
using Npgsql;

namespace EventSourced.Bench.Store;

/// <summary>Folding a stream of 1,000 events beside reading its rows with bare Npgsql.</summary>
internal static class AggregateBench
{
    private const string Key = "order-long";

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken token)
    {
        var database = await server.CreateDatabaseAsync(token);
        await using var store = await BenchStore.OpenAsync(database, _ => { }, token);
        await using (var session = store.LightweightSession())
        {
            session.Events.StartStream<Order>(Key, [new OrderPlaced(0, "Customer of some length", 1), .. Enumerable.Range(1, 999).Select(n => new OrderChanged(n, "A note of some length", 1))]);
            await session.SaveChangesAsync(token);
        }

        var (reads, folds) = (new List<LoadResult>(), new List<LoadResult>());
        for (var turn = 0; turn < Load.Turns; turn++)
        {
            reads.Add(await Load.RunAsync(1, Load.Turn, (_, _) => ReadAsync(store, token)));
            folds.Add(await Load.RunAsync(1, Load.Turn, (_, _) => FoldAsync(store, token)));
        }

        var (bare, folded) = (LoadResult.Of(reads), LoadResult.Of(folds));
        yield return new Row("aggregate", folded.Percentile(0.5), bare.Percentile(0.5), "ms", "bare Npgsql read")
        {
            More = new() { ["bytes"] = Math.Round(folded.BytesPerCall), ["bareBytes"] = Math.Round(bare.BytesPerCall) },
        };
    }

    private static async Task FoldAsync(DocumentStore store, CancellationToken token)
    {
        await using var session = store.QuerySession();
        if ((await session.Events.AggregateStreamAsync<Order>(Key, token: token))?.Changes != 999)
            throw new InvalidOperationException("The fold is wrong.");
    }

    private static async Task ReadAsync(DocumentStore store, CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        await using var command = new NpgsqlCommand(
            "select seq_id, version, data, type, timestamp from public.mt_events where stream_id = $1 order by version", connection) { Parameters = { new() { Value = Key } } };
        await using var reader = await command.ExecuteReaderAsync(token);
        long last = 0;
        while (await reader.ReadAsync(token))
        {
            _ = (reader.GetInt64(0), reader.GetFieldValue<byte[]>(2), reader.GetString(3), reader.GetDateTime(4));
            last = reader.GetInt64(1);
        }

        if (last != 1000)
            throw new InvalidOperationException("The read is wrong.");
    }
}
