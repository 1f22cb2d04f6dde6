using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using EventSourced.Messaging.Durability;
using EventSourced.Messaging.Tests.Orders;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventSourced.Messaging.Tests;

public sealed class MetricTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Depth_and_age_of_the_queue_are_measured()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString, options => options.DrainQueue = false);
        await QueueRows.ExecuteAsync(database, """
            insert into es.queue (message_id, type, body, headers, sent, due, attempts)
            select gen_random_uuid(), 'x', '{}', '{"correlation_id": "m", "user_name": "system"}', now() - age, due, attempts
            from (values
                (interval '5 hours', now() - interval '1 hour', 0), (interval '5 hours', now() + interval '1 hour', 0),
                (interval '2 hours', now() + interval '1 minute', 3), (interval '1 hour', 'infinity', 0)) m (age, due, attempts)
            """);
        var meters = host.Services.GetRequiredService<IMeterFactory>();
        using var gauges = new QueueGauges(host.Store, meters, NullLogger<QueueGauges>.Instance);
        await gauges.ReadAsync(Token);

        var seen = Observe(meters);

        Assert.Equal(4, seen["messaging.queue.depth"]);
        Assert.InRange(seen["messaging.queue.age"], 7200, 7300); // of the one that was put off
    }

    [Fact]
    public async Task Handled_failed_and_dead_messages_are_counted()
    {
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == MessagingTelemetry.Name)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags.ToArray().Any(t => t.Value is string s && s == typeof(MetricProbe).FullName))
                counted.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
        });
        listener.Start();
        await using var host = await TestBus.StartAsync(database.ConnectionString, options =>
        {
            options.HandlerTypes.Add(typeof(MetricProbeHandler));
            options.Policies.OnException<TimeoutException>().RetryWithCooldown(TimeSpan.FromMilliseconds(10));
        });

        await host.TrackActivity().DoNotAssertOnExceptionsDetected().ExecuteAndWaitAsync(
            async bus =>
            {
                await bus.SendAsync(new MetricProbe(Fails: false), Token);
                await bus.SendAsync(new MetricProbe(Fails: true), Token);
            },
            Token);

        Assert.Equal((1, 2, 1), (counted["messaging.handled"], counted["messaging.failed"], counted["messaging.dead"]));
    }

    private static Dictionary<string, double> Observe(IMeterFactory meters)
    {
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == MessagingTelemetry.Name && instrument.Meter.Scope == meters)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}

public sealed record MetricProbe(bool Fails);

public static class MetricProbeHandler
{
    public static void Handle(MetricProbe message)
    {
        if (message.Fails)
            throw new TimeoutException("as asked");
    }
}
