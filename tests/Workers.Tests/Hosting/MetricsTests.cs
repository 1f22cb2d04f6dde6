using System.Diagnostics.Metrics;

namespace EventSourced.Workers.Tests.Hosting;

public sealed class MetricsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Meter meter = new("EventSourced.Tests");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_are_measured_by_route_and_the_probes_are_not()
    {
        await using var host = await StartAsync();
        for (var id = 1; id <= 3; id++)
            await host.Client.GetStringAsync($"/things/{id}", Token);
        await host.Client.GetStringAsync("/health/live", Token);

        // A request is measured after its answer has gone out: the scrape repeats until it shows.
        var lines = await ScrapeUntilAsync(host, text => text.Contains("/things/{id}", StringComparison.Ordinal) && Count(text) is 3);

        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("http_server_request_duration", StringComparison.Ordinal) && line.Contains("/health", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("http_server_request_duration", StringComparison.Ordinal) && line.Contains("/metrics", StringComparison.Ordinal));

        static int Count(string text) => text.Split('\n')
            .Where(line => line.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal) && line.Contains("/things/{id}", StringComparison.Ordinal))
            .Sum(line => int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Counters_gauges_and_histograms_of_ours_have_prometheus_names_units_and_sums()
    {
        await using var host = await StartAsync();
        var counter = meter.CreateCounter<long>("tests.done", "{test}", "What was done.");
        var histogram = meter.CreateHistogram("tests.wait", "s", "How long.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        meter.CreateObservableGauge("tests.depth", () => new Measurement<int>(7, new KeyValuePair<string, object?>("queue", "a\"b")));
        counter.Add(2, new("kind", "x"), new("ok", true));
        counter.Add(3, new("ok", true), new("kind", "x"));
        counter.Add(1, new("kind", "y"), new("ok", true));
        histogram.Record(0.5);
        histogram.Record(1.5);
        histogram.Record(9);

        var lines = await ScrapeUntilAsync(host, text => text.Contains("tests_done", StringComparison.Ordinal));

        Assert.Contains("# HELP tests_done_total What was done.", lines);
        Assert.Contains("# TYPE tests_done_total counter", lines);
        Assert.Contains("tests_done_total{kind=\"x\",ok=\"true\"} 5", lines);
        Assert.Contains("tests_done_total{kind=\"y\",ok=\"true\"} 1", lines);
        Assert.Contains("# TYPE tests_depth gauge", lines);
        Assert.Contains("tests_depth{queue=\"a\\\"b\"} 7", lines);
        Assert.Contains("tests_wait_seconds_bucket{le=\"1\"} 1", lines);
        Assert.Contains("tests_wait_seconds_bucket{le=\"2\"} 2", lines);
        Assert.Contains("tests_wait_seconds_bucket{le=\"+Inf\"} 3", lines);
        Assert.Contains("tests_wait_seconds_sum 11", lines);
        Assert.Contains("tests_wait_seconds_count 3", lines);
    }

    [Fact]
    public async Task Labels_without_end_do_not_fill_the_memory()
    {
        await using var host = await StartAsync();
        var counter = meter.CreateCounter<long>("tests.endless");
        for (var i = 0; i < 5000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("id", i));

        var lines = await ScrapeUntilAsync(host, text => text.Contains("tests_endless", StringComparison.Ordinal));

        Assert.Equal(2000, lines.Count(line => line.StartsWith("tests_endless_total{", StringComparison.Ordinal)));
        Assert.Contains("eventsourced_metrics_dropped_measurements_total 3000", lines);
    }

    public void Dispose()
    {
        meter.Dispose();
        folder.Dispose();
    }

    private Task<DefaultsHost> StartAsync() => DefaultsHost.StartAsync(null, folder["d"], Token);

    private static async Task<string[]> ScrapeUntilAsync(DefaultsHost host, Func<string, bool> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            var text = await host.Client.GetStringAsync("/metrics", limit.Token);
            if (holds(text))
                return text.Split('\n');
        }
    }
}
