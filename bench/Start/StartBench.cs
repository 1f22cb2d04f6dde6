using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using EventSourced.Bench.Http;

namespace EventSourced.Bench.Start;

/// <summary>
/// From the command to both hosts being ready, PostgreSQL included: in an empty data folder and again; the first command after that; and what both keep
/// resident while they record reports as fast as they can.
/// </summary>
internal static class StartBench
{
    private const int Tries = 5, Clients = 16, Tasks = 20_000;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var starts = new List<(double First, double Again, double FirstRequest)>();
        for (var n = 0; n < Tries; n++)
            starts.Add(await StartTwiceAsync(cancellation));

        yield return RowOf("start-empty", "s", starts.Select(s => s.First));
        yield return RowOf("start-again", "s", starts.Select(s => s.Again));
        yield return RowOf("first-request", "ms", starts.Select(s => s.FirstRequest));
        var (api, workers) = await LoadAsync(cancellation);
        yield return new Row("resident-api", api / 1e6, null, "MB", null);
        yield return new Row("resident-workers", workers / 1e6, null, "MB", null);
    }

    private static Row RowOf(string name, string unit, IEnumerable<double> tries)
    {
        var sorted = tries.Order().ToList();
        return new Row(name, sorted[sorted.Count / 2], null, unit, null) { More = new() { ["least"] = Math.Round(sorted[0], 2), ["most"] = Math.Round(sorted[^1], 2) } };
    }

    private static async Task<(double First, double Again, double FirstRequest)> StartTwiceAsync(CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("eventsourced-bench-").FullName;
        try
        {
            var (first, empty) = await BothHosts.StartAsync(data, cancellation);
            await first.DisposeAsync();
            var (hosts, again) = await BothHosts.StartAsync(data, cancellation);
            await using (hosts)
                return (empty.TotalSeconds, again.TotalSeconds, await FirstRequestAsync(hosts, cancellation));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<double> FirstRequestAsync(BothHosts hosts, CancellationToken cancellation)
    {
        using var client = hosts.Client();
        var begun = Stopwatch.GetTimestamp();
        await CreatePlatformAsync(client, cancellation);
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static async Task<(long Api, long Workers)> LoadAsync(CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("eventsourced-bench-").FullName;
        try
        {
            var (hosts, _) = await BothHosts.StartAsync(data, cancellation);
            await using (hosts)
            {
                await ReportAllAsync(hosts, cancellation);
                return hosts.PeakBytes();
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task ReportAllAsync(BothHosts hosts, CancellationToken cancellation)
    {
        using var admin = hosts.Client();
        var platform = await CreatePlatformAsync(admin, cancellation);
        var node = await ApiProcess.PostAsync(admin, "/api/nodes", new { name = "bench" }, cancellation);
        using var client = hosts.Client(node.GetProperty("token").GetString());
        var tasks = new ConcurrentQueue<int>(
            await QueuedTasks.FillAsync(hosts.ConnectionString, platform, Tasks, node.GetProperty("key").GetString(), cancellation));
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (tasks.TryDequeue(out var task))
                await ApiProcess.PostAsync(client, "/api/v1/build_node/build_done", new { task_id = task, status = "failed", artifacts = Array.Empty<object>() }, cancellation);
        }));
    }

    private static async Task<int> CreatePlatformAsync(HttpClient client, CancellationToken cancellation) => (await ApiProcess.PostAsync(
        client, "/api/v1/platforms/",
        new { name = "bench", type = "deb", distr_type = "debian", distr_version = "12", test_dist_name = "debian", arch_list = new[] { QueuedTasks.Arch }, data = new { timeout = 600 } },
        cancellation)).GetProperty("id").GetInt32();
}
