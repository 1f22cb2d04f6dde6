namespace EventSourced.Workers.Tests.Hosting;

/// <summary>What an operator watches, from the real hosts.</summary>
public sealed class HostMetricsTests(TestDatabase database) : IClassFixture<TestDatabase>, IDisposable
{
    private static readonly string[] OfApi = ["http_server_request_duration_seconds_count{", "eventstore_append_events_total", "eventstore_append_duration_seconds_count"];

    private static readonly string[] OfWorkers =
    [
        "messaging_queue_age_seconds", "messaging_queue_depth", "eventstore_shard_lag{", "eventstore_high_water_mark", "eventstore_high_water_largest",
        "eventstore_high_water_skipped_total", "eventstore_daemon_leases",
    ];

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_appends_queue_age_lag_mark_skips_and_leases_are_there()
    {
        await using var api = await StartAsync("Api");
        using var client = new HttpClient { BaseAddress = await api.AddressAsync(Token) };
        await client.GetStringAsync("/api/v1/platforms/", Token);
        await using var workers = await StartAsync("Workers");
        using var other = new HttpClient { BaseAddress = await workers.AddressAsync(Token) };

        await MeasuredAsync(client, OfApi);
        await MeasuredAsync(other, OfWorkers);
    }

    public void Dispose() => folder.Dispose();

    private Task<HostProcess> StartAsync(string host) => HostProcess.StartAsync(
        host,
        new Dictionary<string, string>
        {
            ["ConnectionStrings__EventSourced"] = database.ConnectionString,
            ["Data__Path"] = folder["d"],
            ["Urls"] = "http://127.0.0.1:0",
            ["Roles"] = "projections,effects",
        },
        Token);

    /// <summary>Scrapes until each of them has a sample: what is measured by a timer needs a moment.</summary>
    private static async Task MeasuredAsync(HttpClient host, IReadOnlyList<string> wanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        IReadOnlyList<string> missing = wanted;
        while (missing.Count > 0)
        {
            Assert.False(limit.IsCancellationRequested, $"Not measured: {string.Join(", ", missing)}");
            var lines = (await host.GetStringAsync("/metrics", Token)).Split('\n');
            missing = [.. wanted.Where(name => !lines.Any(line => line.StartsWith(name, StringComparison.Ordinal)))];
        }
    }
}
