using System.Runtime.CompilerServices;
using EventSourced.Bench.Daemon;
using EventSourced.Bench.Http;
using EventSourced.Bench.Messaging;
using EventSourced.Bench.Packages;
using EventSourced.Bench.Start;
using EventSourced.Bench.Store;

namespace EventSourced.Bench;

/// <summary>Every measurement by name, and the run that prints their rows.</summary>
internal static class Benches
{
    public static readonly IReadOnlyDictionary<string, Func<BenchServer, CancellationToken, IAsyncEnumerable<Row>>> All =
        new SortedDictionary<string, Func<BenchServer, CancellationToken, IAsyncEnumerable<Row>>>(StringComparer.Ordinal)
        {
            ["aggregate"] = AggregateBench.RunAsync,
            ["append"] = AppendBench.RunAsync,
            ["build-done"] = Scaled(BuildDoneBench.RunAsync),
            ["builds-list"] = Scaled(BuildsListBench.RunAsync),
            ["drain"] = DrainBench.RunAsync,
            ["get-task"] = GetTaskBench.RunAsync,
            ["http-command"] = HttpCommandBench.RunAsync,
            ["lag"] = Scaled(LagBench.RunAsync),
            ["log-line"] = Scaled(LogLineBench.RunAsync),
            ["publish-5000"] = PublishBench.RunAsync,
            ["rebuild"] = RebuildBench.RunAsync,
            ["fetch-append"] = FetchAppendBench.RunAsync,
            ["send-latency"] = Scaled(SendLatencyBench.RunAsync),
            ["start"] = Scaled(StartBench.RunAsync),
            ["submit-leased"] = Scaled(SubmitLeasedBench.RunAsync),
        };

    /// <summary>Rows with an absolute budget tell how fast the machine was, by what such budgets are scaled with; before and after, as a machine may change.</summary>
    private static Func<BenchServer, CancellationToken, IAsyncEnumerable<Row>> Scaled(Func<BenchServer, CancellationToken, IAsyncEnumerable<Row>> bench) =>
        (server, cancellation) => ScaledAsync(bench, server, cancellation);

    private static async IAsyncEnumerable<Row> ScaledAsync(
        Func<BenchServer, CancellationToken, IAsyncEnumerable<Row>> bench, BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var before = await DrainBench.YardstickAsync(server, cancellation);
        var rows = await bench(server, cancellation).ToListAsync(cancellation);
        var scale = Math.Round((before + await DrainBench.YardstickAsync(server, cancellation)) / 2);
        foreach (var row in rows)
            yield return row with { More = new(row.More ?? []) { ["pgbenchEventsPerSecond"] = scale } };
    }

    /// <returns>0, or 2 when a name is unknown.</returns>
    public static async Task<int> RunAsync(string[] names, CancellationToken cancellation)
    {
        if (names.FirstOrDefault(n => !All.ContainsKey(n)) is { } unknown)
        {
            await Console.Error.WriteLineAsync($"There is no measurement '{unknown}'. There are: {string.Join(", ", All.Keys)}.");
            return 2;
        }

        await using var server = await BenchServer.StartAsync(cancellation);
        foreach (var name in names is [] ? All.Keys : names)
        {
            await foreach (var row in All[name](server, cancellation))
                Console.WriteLine(row.ToJson());
        }

        return 0;
    }
}
