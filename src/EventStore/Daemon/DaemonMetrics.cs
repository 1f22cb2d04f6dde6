using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace EventSourced.EventStore.Daemon;

/// <summary>Meter <c>EventSourced.EventStore</c>: the mark, the shards and their leases.</summary>
internal static class DaemonMetrics
{
    private static readonly Meter Meter = Telemetry.Meter;
    private static readonly Counter<long> SkippedNumbers =
        Meter.CreateCounter<long>("eventstore.high_water.skipped", "{number}", "Sequence numbers given up because they can never appear.");

    private static readonly Counter<long> LateEvents =
        Meter.CreateCounter<long>("eventstore.high_water.late_events", "{event}", "Events that turned up after their number had been given up.");

    private static readonly UpDownCounter<int> Leases =
        Meter.CreateUpDownCounter<int>("eventstore.daemon.leases", "{lease}", "Leases of shards and of the mark held by this process.");

    private static readonly Counter<long> ParkedDocuments =
        Meter.CreateCounter<long>("eventstore.shard.parked", "{document}", "Documents that stopped at an event their projection failed on.");

    private static readonly ConcurrentDictionary<string, long> Lags = new(StringComparer.Ordinal);

    private static long mark, largest;
    private static int marksKept;

    static DaemonMetrics()
    {
        Meter.CreateObservableGauge("eventstore.shard.lag", MeasureLags, "{event}", "How far a shard run by this process is behind the mark.");
        Meter.CreateObservableGauge("eventstore.high_water.mark", () => Kept(Volatile.Read(ref mark)), "{event}", "The high-water mark, where this process keeps it.");
        Meter.CreateObservableGauge("eventstore.high_water.largest", () => Kept(Volatile.Read(ref largest)), "{event}", "The largest number in the log, where this process keeps the mark.");
    }

    /// <summary>Held while this process keeps the mark; others say nothing of it.</summary>
    public static IDisposable HoldMark()
    {
        Interlocked.Increment(ref marksKept);
        return new Lease(() => Interlocked.Decrement(ref marksKept));
    }

    public static void Mark(long at, long of)
    {
        Volatile.Write(ref mark, at);
        Volatile.Write(ref largest, of);
        SkippedNumbers.Add(0); // the series is there before the first skip, for whoever watches that it stays at zero
    }

    public static void Skipped(long count)
    {
        if (count > 0)
            SkippedNumbers.Add(count);
    }

    public static void Shard(string shard, long at, long mark) => Lags[shard] = Math.Max(0, mark - at);

    public static void ShardReleased(string shard) => Lags.TryRemove(shard, out _);

    public static void Parked(string shard) => ParkedDocuments.Add(1, new KeyValuePair<string, object?>("shard", shard));

    public static void LateEvent() => LateEvents.Add(1);

    public static IDisposable HoldLease() => new Lease();

    private static IEnumerable<Measurement<long>> MeasureLags() =>
        Lags.Select(lag => new Measurement<long>(lag.Value, new KeyValuePair<string, object?>("shard", lag.Key)));

    private static IEnumerable<Measurement<long>> Kept(long value) => Volatile.Read(ref marksKept) > 0 ? [new(value)] : [];

    private sealed class Lease : IDisposable
    {
        private readonly Action? end;

        public Lease(Action? end = null)
        {
            this.end = end;
            Leases.Add(1);
        }

        public void Dispose()
        {
            end?.Invoke();
            Leases.Add(-1);
        }
    }
}
