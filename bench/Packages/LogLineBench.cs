using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using EventSourced.Bench.Http;

namespace EventSourced.Bench.Packages;

/// <summary>From the moment a node sends a line of a running log to the moment a reader has it.</summary>
internal static class LogLineBench
{
    private const int WarmUp = 200, Measured = 2_000;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var database = await server.CreateDatabaseAsync(cancellation);
        await using var api = await ApiProcess.StartAsync(database, cancellation);
        var (key, node) = await api.NodeAsync("bench", cancellation);
        var tasks = await QueuedTasks.FillAsync(database, await api.CreatePlatformAsync("bench", QueuedTasks.Arch, cancellation), 250, key, cancellation);
        var log = $"/api/build-tasks/{tasks.First()}/log";
        var milliseconds = await MeasureAsync(api, node, log, cancellation);
        var result = new LoadResult(milliseconds, TimeSpan.FromMilliseconds(milliseconds.Sum()), AllocatedBytes: 0);
        var bare = await NotifiedRow.MeasureAsync(database, cancellation);
        yield return new Row("log-line", result.Percentile(0.5), bare.Percentile(0.5), "ms", NotifiedRow.Name)
        {
            More = new() { ["p50Ms"] = Math.Round(result.Percentile(0.5), 2), ["p99Ms"] = Math.Round(result.Percentile(0.99), 2), ["yardstickP99Ms"] = Math.Round(bare.Percentile(0.99), 2) },
        };
    }

    private static async Task<List<double>> MeasureAsync(ApiProcess api, HttpClient node, string log, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, log) { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/event-stream") } } };
        using var response = await api.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await using var lines = SseParser.Create(await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellation))
            .EnumerateAsync(cancellation).Where(item => item.EventType is "message").GetAsyncEnumerator(cancellation);
        var milliseconds = new List<double>();
        long offset = 0;
        for (var n = 0; n < WarmUp + Measured; n++)
        {
            var line = Encoding.UTF8.GetBytes($"line {n}\n");
            var begun = Stopwatch.GetTimestamp();
            var sent = node.PutAsync($"{log}?offset={offset}", new ByteArrayContent(line), cancellation);
            if (!await lines.MoveNextAsync() || lines.Current.Data != $"line {n}")
                throw new InvalidOperationException("The reader got another line.");

            if (n >= WarmUp)
                milliseconds.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);

            using var answer = await sent;
            answer.EnsureSuccessStatusCode();
            offset += line.Length;
        }

        return milliseconds;
    }
}
