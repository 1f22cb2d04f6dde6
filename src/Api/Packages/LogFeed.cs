using EventSourced.Api.Hosting;
using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages;

/// <summary>
/// One log that somebody follows, read once for all of them: a wake-up or a second costs the same few queries however many follow. Who is behind the window reads
/// by himself until he is in it; nobody waits for another.
/// </summary>
internal sealed class LogFeed : IDisposable
{
    private readonly BuildTaskId task;
    private readonly BuildLogs logs;
    private readonly RunningLogs running;
    private readonly IWakeUps wakeUps;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private TaskCompletionSource<Moment> next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Moment? current;

    public LogFeed(BuildTaskId task, BuildLogs logs, RunningLogs running, IWakeUps wakeUps)
    {
        (this.task, this.logs, this.running, this.wakeUps) = (task, logs, running, wakeUps);
        ThreadPool.UnsafeQueueUserWorkItem(static feed => _ = feed.RunAsync(), this, preferLocal: false); // not in the context of who came first
    }

    /// <summary>How many follow; kept by who hands the feed out.</summary>
    public int Followers { get; set; }

    /// <summary>It has read its last; who comes now needs another.</summary>
    public bool HasStopped { get; private set; }

    public async Task<BuildLogState> StateAsync(CancellationToken ct) => (await AfterAsync(null, ct)).Log;

    /// <summary>What comes at a position: bytes; nothing, with another log than <paramref name="seen"/>; the end; or nothing yet, after a second at most.</summary>
    public async Task<LogStep> NextAsync(BuildLogState seen, long position, CancellationToken ct)
    {
        var moment = await AfterAsync(null, ct);
        if (moment.Log.IsOtherThan(seen))
            return new(moment.Log, default, IsEnd: false);

        if (moment.Window.From(position) is { IsEmpty: false } bytes)
            return new(moment.Log, bytes, IsEnd: false);

        if ((moment.Log.HasEnded || position != moment.Window.End) && await logs.ReadAsync(moment.Log, position, ct) is { IsEmpty: false } read)
            return new(moment.Log, read, IsEnd: false);

        return moment.Log.HasEnded ? await EndAsync(moment.Log, position, ct) : new((await AfterAsync(moment, ct)).Log, default, IsEnd: false);
    }

    public void Dispose()
    {
        stop.Cancel();
        stop.Dispose();
    }

    /// <summary>Since it ended, its pieces may have become an artifact under a slow reader.</summary>
    private async Task<LogStep> EndAsync(BuildLogState log, long position, CancellationToken ct)
    {
        if (log.Artifact is null && await logs.FindAsync(task, ct) is { Artifact: not null } kept && kept.Stream == log.Stream)
            log = kept;

        var rest = log.Artifact is null ? default : await logs.ReadAsync(log, position, ct);
        return new(log, rest, IsEnd: rest.IsEmpty);
    }

    private Task<Moment> AfterAsync(Moment? seen, CancellationToken ct)
    {
        lock (gate)
            return current is not null && !ReferenceEquals(current, seen) ? Task.FromResult(current) : next.Task.WaitAsync(ct);
    }

    private async Task RunAsync()
    {
        var token = stop.Token;
        try
        {
            await ReadAsync(token);
            HasStopped = true;
        }
        catch (Exception e)
        {
            // Each follower tells its client; the client comes again.
            HasStopped = true;
            lock (gate)
            {
                current = null;
                next.TrySetException(e);
                _ = next.Task.Exception;
            }
        }
    }

    private async Task ReadAsync(CancellationToken token)
    {
        var log = await FindAsync(token);
        var window = log.HasEnded ? LogWindow.At(long.MaxValue) : LogWindow.At(await running.EndAsync(log.Stream, token));
        Publish(log, window);
        while (!log.HasEnded)
        {
            // Asked for before looking: what is added while we look raises it.
            var grown = wakeUps.WaitAsync(log.Stream, EventStreams.Poll, token);
            window = await ReadOnAsync(log, window, token);
            var now = await FindAsync(token);
            if (now.HasEnded)
                window = await ReadOnAsync(log, window, token);

            var isOther = now.IsOtherThan(log);
            Publish(now, isOther ? LogWindow.At(now.HasEnded ? long.MaxValue : 0) : window);
            (log, window) = (now, isOther ? LogWindow.At(0) : window);
            if (!isOther && !now.HasEnded)
                await grown;
        }
    }

    private async Task<BuildLogState> FindAsync(CancellationToken token) =>
        await logs.FindAsync(task, token) ?? throw new InvalidOperationException($"There is no {task.StreamKey}.");

    private async Task<LogWindow> ReadOnAsync(BuildLogState log, LogWindow window, CancellationToken token)
    {
        while (await running.ReadAsync(log.Stream, window.End, token) is { IsEmpty: false } bytes)
            window = window.With(bytes);

        return window;
    }

    private void Publish(BuildLogState log, LogWindow window)
    {
        var moment = new Moment(log, window);
        TaskCompletionSource<Moment> reached;
        lock (gate)
            (current, reached, next) = (moment, next, new(TaskCreationOptions.RunContinuationsAsynchronously));

        reached.SetResult(moment);
    }

    private sealed record Moment(BuildLogState Log, LogWindow Window);
}

/// <param name="Log">As it is now.</param>
/// <param name="Bytes">What comes next.</param>
/// <param name="IsEnd">Nothing will come any more.</param>
internal readonly record struct LogStep(BuildLogState Log, ReadOnlyMemory<byte> Bytes, bool IsEnd);
