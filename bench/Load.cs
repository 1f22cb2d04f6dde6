using System.Diagnostics;

namespace EventSourced.Bench;

/// <summary>Callers that repeat one action as fast as they can.</summary>
internal static class Load
{
    /// <summary>How long each side of a row is measured.</summary>
    public static TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>How often the sides of a row take turns: a machine that changes its speed then changes it for all of them.</summary>
    public const int Turns = 4;

    /// <summary>One turn of one side.</summary>
    public static TimeSpan Turn => Duration / Turns;

    /// <summary>Runs <paramref name="act"/> from so many callers, first to warm up, then measured.</summary>
    /// <param name="callers">How many run at once.</param>
    /// <param name="act">Gets the caller's number and its count of calls so far.</param>
    public static Task<LoadResult> RunAsync(int callers, Func<int, int, Task> act) => RunAsync(callers, Duration, act);

    /// <inheritdoc cref="RunAsync(int, Func{int, int, Task})"/>
    public static async Task<LoadResult> RunAsync(int callers, TimeSpan duration, Func<int, int, Task> act)
    {
        var latencies = Enumerable.Range(0, callers).Select(_ => new List<double>(100_000)).ToArray();
        await LoopAsync(latencies, WarmUp, act);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var watch = Stopwatch.StartNew();
        await LoopAsync(latencies, duration, act);
        watch.Stop();
        return new LoadResult([.. latencies.SelectMany(l => l)], watch.Elapsed, GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    /// <summary>Runs <paramref name="act"/> so many times from so many callers.</summary>
    public static async Task<LoadResult> CountAsync(int callers, int count, Func<int, Task> act)
    {
        var left = count;
        var begun = Stopwatch.GetTimestamp();
        var latencies = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var milliseconds = new List<double>();
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var start = Stopwatch.GetTimestamp();
                await act(caller);
                milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return milliseconds;
        })));
        return new LoadResult([.. latencies.SelectMany(l => l)], Stopwatch.GetElapsedTime(begun), AllocatedBytes: 0);
    }

    private static Task LoopAsync(List<double>[] latencies, TimeSpan duration, Func<int, int, Task> act)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        return Task.WhenAll(latencies.Select((milliseconds, caller) => Task.Run(async () =>
        {
            milliseconds.Clear();
            for (var n = 0; Stopwatch.GetTimestamp() < end; n++)
            {
                var start = Stopwatch.GetTimestamp();
                await act(caller, n);
                milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        })));
    }
}

/// <param name="Milliseconds">Each call's latency.</param>
/// <param name="Elapsed">How long all took.</param>
/// <param name="AllocatedBytes">By the whole process.</param>
internal sealed record LoadResult(IReadOnlyList<double> Milliseconds, TimeSpan Elapsed, long AllocatedBytes)
{
    /// <summary>Several turns of one side.</summary>
    public static LoadResult Of(IReadOnlyList<LoadResult> turns) => new(
        [.. turns.SelectMany(t => t.Milliseconds)], TimeSpan.FromSeconds(turns.Sum(t => t.Elapsed.TotalSeconds)), turns.Sum(t => t.AllocatedBytes));

    public double PerSecond => Milliseconds.Count / Elapsed.TotalSeconds;

    public double BytesPerCall => AllocatedBytes / (double)Milliseconds.Count;

    public double Percentile(double share) => Milliseconds.Order().ElementAt((int)(share * (Milliseconds.Count - 1)));
}
