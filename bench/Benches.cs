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
            ["build-done"] = BuildDoneBench.RunAsync,
            ["builds-list"] = BuildsListBench.RunAsync,
            ["drain"] = DrainBench.RunAsync,
            ["get-task"] = GetTaskBench.RunAsync,
            ["http-command"] = HttpCommandBench.RunAsync,
            ["lag"] = LagBench.RunAsync,
            ["log-line"] = LogLineBench.RunAsync,
            ["publish-5000"] = PublishBench.RunAsync,
            ["rebuild"] = RebuildBench.RunAsync,
            ["fetch-append"] = FetchAppendBench.RunAsync,
            ["send-latency"] = SendLatencyBench.RunAsync,
            ["start"] = StartBench.RunAsync,
            ["submit-leased"] = SubmitLeasedBench.RunAsync,
        };

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
