using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace EventSourced.ServiceDefaults.Metrics;

/// <summary>All series of one instrument.</summary>
internal sealed class Family
{
    /// <summary>More label sets than this are a mistake of whoever measures; further ones are counted in <see cref="Dropped"/> instead of kept.</summary>
    private const int MaxSeries = 2000;

    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly ConcurrentDictionary<TagSet, Series> series = new(TagSet.Comparer);
    private readonly ConcurrentDictionary<TagSet, Series>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> lookup;
    private readonly Func<TagSet, Series> create;
    private long dropped;

    public Family(Instrument instrument)
    {
        Instrument = instrument;
        lookup = series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        var kind = instrument.GetType().GetGenericTypeDefinition();
        Kind = kind == typeof(Histogram<>) ? FamilyKind.Histogram
            : kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>) ? FamilyKind.Counter
            : FamilyKind.Gauge;
        IReadOnlyList<double> bounds = Bounds(instrument) ?? DefaultBounds;
        create = Kind is FamilyKind.Histogram ? tags => new HistogramSeries(tags, bounds)
            : kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>) ? static tags => new SumSeries(tags)
            : static tags => new LastSeries(tags);
    }

    public Instrument Instrument { get; }

    public FamilyKind Kind { get; }

    public IEnumerable<Series> Series => series.Values;

    public long Dropped => Interlocked.Read(ref dropped);

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!lookup.TryGetValue(tags, out var found))
        {
            if (series.Count >= MaxSeries)
            {
                Interlocked.Increment(ref dropped);
                return;
            }

            found = series.GetOrAdd(new TagSet(tags.ToArray()), create);
        }

        found.Record(value);
    }

    /// <summary>An observed instrument tells everything it has each time; what it no longer tells is gone.</summary>
    public void BeginObservation()
    {
        if (Instrument.IsObservable)
            series.Clear();
    }

    private static IReadOnlyList<double>? Bounds(Instrument instrument) => instrument switch
    {
        Histogram<double> i => i.Advice?.HistogramBucketBoundaries,
        Histogram<float> i => i.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
        Histogram<long> i => i.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
        Histogram<int> i => i.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
        _ => null,
    };
}

/// <summary>What Prometheus calls the family's type.</summary>
internal enum FamilyKind
{
    Counter,
    Gauge,
    Histogram,
}
