namespace EventSourced.ServiceDefaults.Metrics;

/// <summary>One time series: a set of labels and what was measured for it.</summary>
internal abstract class Series(TagSet tags)
{
    public TagSet Tags => tags;

    public abstract void Record(double value);
}

/// <summary>The sum of what was added since the process began.</summary>
internal sealed class SumSeries(TagSet tags) : Series(tags)
{
    private double sum;

    public double Value => Volatile.Read(ref sum);

    public override void Record(double value)
    {
        var seen = Volatile.Read(ref sum);
        while (Interlocked.CompareExchange(ref sum, seen + value, seen) is var current && !current.Equals(seen))
            seen = current;
    }
}

/// <summary>The value as last seen.</summary>
internal sealed class LastSeries(TagSet tags) : Series(tags)
{
    private double last;

    public double Value => Volatile.Read(ref last);

    public override void Record(double value) => Volatile.Write(ref last, value);
}

/// <summary>How many measurements fell below each bound.</summary>
internal sealed class HistogramSeries(TagSet tags, IReadOnlyList<double> bounds) : Series(tags)
{
    private readonly Lock gate = new();
    private readonly long[] counts = new long[bounds.Count + 1];
    private double sum;

    public IReadOnlyList<double> Bounds => bounds;

    public override void Record(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Count && value > bounds[bucket])
            bucket++;
        lock (gate)
        {
            counts[bucket]++;
            sum += value;
        }
    }

    public (long[] Counts, double Sum) Read()
    {
        lock (gate)
            return ([.. counts], sum);
    }
}
