using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace EventSourced.Workers.Tests.Hosting;

public sealed class TelemetryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ConcurrentDictionary<string, string> received = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Traces_and_metrics_go_to_the_configured_collector()
    {
        await using var collector = await LocalServer.StartAsync(ReceiveAsync, Token);
        await using var host = await HostProcess.StartAsync(
            "Workers",
            new Dictionary<string, string>
            {
                ["Roles"] = "node",
                ["Urls"] = "http://127.0.0.1:0",
                ["Data__Path"] = folder["d"],
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            },
            Token);
        using var client = new HttpClient { BaseAddress = await host.AddressAsync(Token) };
        await client.GetStringAsync("/health/live", Token);

        // Stopping sends what has not been sent.
        Assert.Equal(0, await host.StopAsync(Token));

        Assert.Contains("eventsourced-workers", received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("/health/live", received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("kestrel.", received["/v1/metrics"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_are_one_json_object_a_line()
    {
        await using var host = await HostProcess.StartAsync(
            "Workers", new Dictionary<string, string> { ["Roles"] = "node", ["Urls"] = "http://127.0.0.1:0", ["Data__Path"] = folder["d"] }, Token);
        await host.AddressAsync(Token);
        await host.StopAsync(Token);

        var (_, output, _) = await host.EndAsync(Token);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        foreach (var line in lines)
        {
            using var entry = JsonDocument.Parse(line);
            Assert.True(entry.RootElement.TryGetProperty("Message", out _));
            Assert.EndsWith("Z", entry.RootElement.GetProperty("Timestamp").GetString(), StringComparison.Ordinal);
        }
    }

    public void Dispose() => folder.Dispose();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        received.AddOrUpdate(context.Request.Path, Text, (_, before) => before + Text(""));

        string Text(string path) => Encoding.Latin1.GetString(body.ToArray());
    }
}
