using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using EventSourced.Bench.Store;

namespace EventSourced.Bench.Http;

/// <summary>
/// Commands over HTTP, each recording one event, beside plain appends of the same run: the report of a failed task (state read, decided, recorded with its
/// read models and the message that follows).
/// </summary>
internal static class HttpCommandBench
{
    private const int Clients = 16, WarmUp = 20_000, Measured = 25_000;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var before = await AppendBench.UnfoldedAsync(server, cancellation);
        var (commands, processorMs) = await MeasureAsync(server, cancellation);
        var after = await AppendBench.UnfoldedAsync(server, cancellation);
        yield return new Row("http-command", commands.PerSecond, (before + after) / 2, "commands/s", "unfolded append of one event, 16 writers")
        {
            More = new() { ["p50Ms"] = Math.Round(commands.Percentile(0.5), 2), ["p99Ms"] = Math.Round(commands.Percentile(0.99), 2), ["apiProcessorMs"] = processorMs },
        };
    }

    private static async Task<(LoadResult Result, double ProcessorMs)> MeasureAsync(BenchServer server, CancellationToken cancellation)
    {
        var database = await server.CreateDatabaseAsync(cancellation);
        await using var api = await ApiProcess.StartAsync(database, cancellation);
        var platform = await api.CreatePlatformAsync("bench", QueuedTasks.Arch, cancellation);
        var (key, node) = await api.NodeAsync("bench", cancellation);
        var tasks = new ConcurrentQueue<int>(await QueuedTasks.FillAsync(database, platform, WarmUp + Measured, key, cancellation));

        await Load.CountAsync(Clients, WarmUp, ReportNextAsync); // a process that has just started still compiles
        var used = api.ProcessorTime;
        var result = await Load.CountAsync(Clients, Measured, ReportNextAsync);
        return (result, Math.Round((api.ProcessorTime - used).TotalMilliseconds / Measured, 2));

        Task ReportNextAsync(int _) =>
            ReportAsync(node, tasks.TryDequeue(out var task) ? task : throw new InvalidOperationException("Fewer tasks were filled in than reported."), cancellation);
    }

    private static async Task ReportAsync(HttpClient node, int task, CancellationToken cancellation)
    {
        using var response = await node.PostAsJsonAsync("/api/v1/build_node/build_done", new { task_id = task, status = "failed", artifacts = Array.Empty<object>() }, cancellation);
        if (response.StatusCode is not HttpStatusCode.OK)
            throw new InvalidOperationException($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}");
    }
}
