using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using EventSourced.Bench.Messaging;

namespace EventSourced.Bench.Http;

/// <summary>Nodes that take tasks as fast as they are handed out, with a short and with a long queue.</summary>
internal static class GetTaskBench
{
    private const int Nodes = 32, Short = 10_000, Long = 100_000, WarmUp = 2_000, Measured = 7_500;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var yardstick = await DrainBench.YardstickAsync(server, cancellation);
        var few = await MeasureAsync(server, Short, cancellation);
        yardstick = (yardstick + await DrainBench.YardstickAsync(server, cancellation)) / 2;
        yield return RowOf("get-task", few, yardstick, "pgbench: one event a statement, new streams, 16 clients");

        var many = await MeasureAsync(server, Long, cancellation);
        yield return RowOf("get-task-long-queue", many, few.PerSecond, "get-task with 10,000 queued");
    }

    private static Row RowOf(string name, LoadResult result, double yardstick, string yardstickName) =>
        new(name, result.PerSecond, yardstick, "tasks/s", yardstickName)
        {
            More = new() { ["p50Ms"] = Math.Round(result.Percentile(0.5), 2), ["p99Ms"] = Math.Round(result.Percentile(0.99), 2) },
        };

    private static async Task<LoadResult> MeasureAsync(BenchServer server, int queued, CancellationToken cancellation)
    {
        var database = await server.CreateDatabaseAsync(cancellation);
        await using var api = await ApiProcess.StartAsync(database, cancellation);
        await QueuedTasks.FillAsync(database, await api.CreatePlatformAsync("bench", QueuedTasks.Arch, cancellation), queued, holder: null, cancellation);
        var nodes = await api.NodesAsync(Nodes, cancellation);
        await Load.CountAsync(Nodes, WarmUp, node => TakeOneAsync(nodes[node], cancellation));
        return await Load.CountAsync(Nodes, Measured, node => TakeOneAsync(nodes[node], cancellation));
    }

    private static async Task TakeOneAsync(HttpClient node, CancellationToken cancellation)
    {
        using var response = await node.PostAsJsonAsync("/api/v1/build_node/get_task", new { supported_arches = new[] { QueuedTasks.Arch } }, cancellation);
        response.EnsureSuccessStatusCode();
        if ((await response.Content.ReadAsByteArrayAsync(cancellation)).Length <= "null".Length)
            throw new InvalidOperationException("A node got no task though there are some.");
    }
}
