using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace EventSourced.Bench.Daemon;

/// <summary>From the commit of an event to the commit of the async document that shows it, at 1,000 events/s.</summary>
internal static class LagBench
{
    private const int PerSecond = 1_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(13);

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var store = await TallyStore.CreateAsync(await server.CreateDatabaseAsync(cancellation), cancellation);
        await using var daemon = store.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        var commits = new ConcurrentDictionary<long, long>();
        var appending = AppendAsync(store, commits, cancellation);
        var lags = await WatchAsync(store, commits, appending, cancellation);
        lags.Sort();
        yield return new Row("lag-p50", lags[lags.Count / 2], null, "ms", null);
        yield return new Row("lag-p99", lags[lags.Count * 99 / 100], null, "ms", null);
    }

    /// <summary>Appends on a schedule that does not slow down when appends do.</summary>
    private static async Task AppendAsync(DocumentStore store, ConcurrentDictionary<long, long> commits, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        var running = new List<Task>();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (Stopwatch.GetElapsedTime(begun) is var elapsed && elapsed < Time)
        {
            for (var due = (int)(elapsed.TotalSeconds * PerSecond); running.Count < due;)
                running.Add(AppendOneAsync(store, running.Count, begun, commits, cancellation));

            await tick.WaitForNextTickAsync(cancellation);
        }

        await Task.WhenAll(running);
    }

    private static async Task AppendOneAsync(DocumentStore store, int n, long begun, ConcurrentDictionary<long, long> commits, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession();
        var raised = Event.For(new TallyRaised(1, $"group-{n % 500}"));
        session.Events.StartStream<TallyView>($"tally-{n}", raised);
        await session.SaveChangesAsync(cancellation);
        if (Stopwatch.GetElapsedTime(begun) > WarmUp)
            commits[raised.Sequence] = Stopwatch.GetTimestamp();
    }

    private static async Task<List<double>> WatchAsync(
        DocumentStore store, ConcurrentDictionary<long, long> commits, Task appending, CancellationToken cancellation)
    {
        var lags = new List<double>();
        await using var command = store.DataSource.CreateCommand("select coalesce(max(last_seq_id), 0) from mt_event_progression, pg_sleep(0.002) where name = 'GroupView:All'");
        while (!appending.IsCompleted || !commits.IsEmpty)
        {
            var shown = (long)(await command.ExecuteScalarAsync(cancellation))!; // coalesce leaves no null
            var now = Stopwatch.GetTimestamp();
            foreach (var (sequence, committed) in commits)
            {
                if (sequence <= shown && commits.TryRemove(sequence, out _))
                    lags.Add(Math.Max(0, Stopwatch.GetElapsedTime(committed, now).TotalMilliseconds));
            }
        }

        await appending;
        return lags;
    }
}
