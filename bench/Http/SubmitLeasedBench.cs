using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;

namespace EventSourced.Bench.Http;

/// <summary>From the moment a user sends a build to the moment an idle node has its task.</summary>
internal static class SubmitLeasedBench
{
    private const int WarmUp = 50, Measured = 500;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var database = await server.CreateDatabaseAsync(cancellation);
        await using var api = await ApiProcess.StartAsync(database, cancellation);
        await api.CreatePlatformAsync("bench", QueuedTasks.Arch, cancellation);
        var node = (await api.NodesAsync(1, cancellation))[0];
        var milliseconds = new List<double>();
        for (var n = 0; n < WarmUp + Measured; n++)
        {
            var elapsed = await OneAsync(api, node, cancellation);
            if (n >= WarmUp)
                milliseconds.Add(elapsed);
        }

        var result = new LoadResult(milliseconds, TimeSpan.FromMilliseconds(milliseconds.Sum()), AllocatedBytes: 0);
        var bare = await NotifiedRow.MeasureAsync(database, cancellation);
        yield return new Row("submit-leased", result.Percentile(0.5), bare.Percentile(0.5), "ms", NotifiedRow.Name)
        {
            More = new() { ["p50Ms"] = Math.Round(result.Percentile(0.5), 2), ["p99Ms"] = Math.Round(result.Percentile(0.99), 2), ["yardstickP99Ms"] = Math.Round(bare.Percentile(0.99), 2) },
        };
    }

    private static async Task<double> OneAsync(ApiProcess api, HttpClient node, CancellationToken cancellation)
    {
        var leased = LeasedAsync(node, cancellation);
        await Task.Yield();
        var begun = Stopwatch.GetTimestamp();
        var build = await ApiProcess.PostAsync(
            api.Admin, "/api/v1/builds/",
            new { platforms = new[] { new { name = "bench", arch_list = new[] { QueuedTasks.Arch } } }, tasks = new[] { new { url = "https://git.example.org/a.git", git_ref = "main" } } },
            cancellation);
        var (task, at) = await leased;
        return task == build.GetProperty("tasks")[0].GetProperty("id").GetInt32()
            ? Stopwatch.GetElapsedTime(begun, at).TotalMilliseconds
            : throw new InvalidOperationException("The node got another task.");
    }

    private static async Task<(int Task, long At)> LeasedAsync(HttpClient node, CancellationToken cancellation)
    {
        using var response = await node.PostAsJsonAsync("/api/v1/build_node/get_task?wait=30", new { supported_arches = new[] { QueuedTasks.Arch } }, cancellation);
        var at = Stopwatch.GetTimestamp();
        return ((await response.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>(cancellation)).GetProperty("id").GetInt32(), at);
    }
}
