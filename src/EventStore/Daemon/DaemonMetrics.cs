using System.Diagnostics.Metrics;

namespace EventSourced.EventStore.Daemon;

/// <summary>Meter <c>EventSourced.EventStore</c>: the mark, the shards and their leases.</summary>
internal static class DaemonMetrics
{
    private static readonly Meter Meter = new("EventSourced.EventStore");
    private static readonly Counter<long> SkippedNumbers =
        Meter.CreateCounter<long>("eventstore.high_water.skipped", "{number}", "Sequence numbers given up because they can never appear.");

    private static readonly Counter<long> LateEvents =
        Meter.CreateCounter<long>("eventstore.high_water.late_events", "{event}", "Events that turned up after their number had been given up.");

    private static readonly UpDownCounter<int> Leases =
        Meter.CreateUpDownCounter<int>("eventstore.daemon.leases", "{lease}", "Leases of shards and of the mark held by this process.");

    private static long mark;
    private static long largest;

    static DaemonMetrics()
    {
        Meter.CreateObservableGauge("eventstore.high_water.mark", () => Volatile.Read(ref mark), "{event}", "The high-water mark, where this process keeps it.");
        Meter.CreateObservableGauge("eventstore.high_water.largest", () => Volatile.Read(ref largest), "{event}", "The largest number in the log, where this process keeps the mark.");
    }

    public static void Mark(long at, long of)
    {
        Volatile.Write(ref mark, at);
        Volatile.Write(ref largest, of);
    }

    public static void Skipped(long count)
    {
        if (count > 0)
            SkippedNumbers.Add(count);
    }

    public static void LateEvent() => LateEvents.Add(1);

    public static IDisposable HoldLease() => new Lease();

    private sealed class Lease : IDisposable
    {
        public Lease() => Leases.Add(1);

        public void Dispose() => Leases.Add(-1);
    }
}
