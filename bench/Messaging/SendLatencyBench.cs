using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using EventSourced.Messaging;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Bench.Messaging;

/// <summary>How long a message sent alone takes from the call to the end of its handler, between two hosts, at a steady rate.</summary>
internal static class SendLatencyBench
{
    private const int PerSecond = 2_000;
    private const int Seconds = 15;
    private const int WarmUpSeconds = 3;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var database = await server.CreateDatabaseAsync(cancellation);
        await BusHost.PrepareAsync(database, cancellation);
        using var drain = await BusHost.StartAsync(database, drains: true, cancellation);
        using var sender = await BusHost.StartAsync(database, drains: false, cancellation);
        using var watch = new HandlingWatch();

        var sent = await SendAsync(sender.Services, watch, cancellation);
        await watch.AllHandledAsync(sent, cancellation);
        await drain.StopAsync(cancellation);
        await sender.StopAsync(cancellation);

        var latencies = watch.Latencies(skip: PerSecond * WarmUpSeconds);
        yield return new Row("send-latency-p50", latencies[latencies.Length / 2], null, "ms", null);
        yield return new Row("send-latency-p99", latencies[latencies.Length * 99 / 100], null, "ms", null);
        yield return new Row("send-rate", watch.Rate, PerSecond, "messages/s", "the rate asked for");
    }

    private static async Task<int> SendAsync(IServiceProvider services, HandlingWatch watch, CancellationToken cancellation)
    {
        await using var scope = services.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var sending = new List<Task>();
        var begun = Stopwatch.GetTimestamp();
        while (sending.Count < PerSecond * Seconds && await timer.WaitForNextTickAsync(cancellation))
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(begun).TotalSeconds * PerSecond); sending.Count < due && sending.Count < PerSecond * Seconds;)
                sending.Add(bus.SendAsync(new AddEntry(new LedgerId(sending.Count % 5_000), sending.Count), cancellation).AsTask());
        }

        await Task.WhenAll(sending);
        watch.Rate = sending.Count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        return sending.Count;
    }

    /// <summary>Pairs the spans of sending and of handling by their parent.</summary>
    private sealed class HandlingWatch : IDisposable
    {
        private readonly ConcurrentDictionary<ActivitySpanId, DateTime> begun = new();
        private readonly ConcurrentDictionary<ActivitySpanId, DateTime> ended = new();
        private readonly ActivityListener listener;

        public HandlingWatch()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == MessagingTelemetry.Name,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
                ActivityStarted = activity =>
                {
                    if (activity.Kind is ActivityKind.Producer)
                        begun[activity.SpanId] = activity.StartTimeUtc;
                },
                ActivityStopped = activity =>
                {
                    if (activity.Kind is ActivityKind.Consumer)
                        ended[activity.ParentSpanId] = activity.StartTimeUtc + activity.Duration;
                },
            };
            ActivitySource.AddActivityListener(listener);
        }

        public double Rate { get; set; }

        public async Task AllHandledAsync(int count, CancellationToken cancellation)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (ended.Count < count && await timer.WaitForNextTickAsync(cancellation))
            {
                // Every message ends; a lost one would hold the measurement until it is cancelled.
            }
        }

        /// <summary>In milliseconds, ascending.</summary>
        public double[] Latencies(int skip) =>
            [.. begun.OrderBy(b => b.Value).Skip(skip).Select(b => (ended[b.Key] - b.Value).TotalMilliseconds).Order()];

        public void Dispose() => listener.Dispose();
    }
}
