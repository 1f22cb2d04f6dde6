using System.Diagnostics;

namespace EventSourced.Messaging.Durability;

/// <summary>
/// Gathers what concurrent callers want done, so that it is done together: while the first ones run, the next gather. A lone one runs at once.
/// </summary>
/// <param name="keyOf">What may not run twice at a time; null for any.</param>
/// <param name="run">Does it and ends each of its items.</param>
internal sealed class Folding<TItem, TResult>(Func<TItem, string?> keyOf, Func<List<Folded<TItem, TResult>>, Task> run)
{
    private const int Lanes = 2;
    private const int Company = 4;
    private const int MostLanes = 16;
    private const int MostTogether = 64;

    /// <summary>What takes longer waits for somebody's lock; it shall not hold up the others.</summary>
    private static readonly TimeSpan Stuck = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly LinkedList<Folded<TItem, TResult>> pending = [];
    private readonly HashSet<string> keys = new(StringComparer.Ordinal); // of what runs
    private long progressed = Stopwatch.GetTimestamp();
    private int running;
    private bool isWatched;

    /// <summary>A second lane is for several: one that would start alone shares the next run of the first, which costs less than a run of its own.</summary>
    private bool HasRoom => running == 0 || running < Lanes && pending.Count >= Company || running < MostLanes && Stopwatch.GetElapsedTime(progressed) > Stuck;

    /// <summary>
    /// Runs it with others. It can be cancelled as long as it waits for them; once taken it is not any more: its outcome is known or the connection broke.
    /// </summary>
    public Task<TResult> RunAsync(TItem item, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var folded = new Folded<TItem, TResult>(item, keyOf(item), cancellation);
        lock (gate)
        {
            pending.AddLast(folded);
            StartIfRoom();
        }

        return folded.Task;
    }

    private void StartIfRoom()
    {
        if (HasRoom && Collect() is { Count: > 0 } together)
        {
            running++;
            progressed = Stopwatch.GetTimestamp();
            ThreadPool.UnsafeQueueUserWorkItem(static lane => _ = lane.Folding.RunLaneAsync(lane.Together), (Folding: this, Together: together), preferLocal: false); // in nobody's context
        }
        else if (pending.Count > 0 && !isWatched)
        {
            isWatched = true;
            _ = WatchAsync();
        }
    }

    /// <summary>The last ones to come have nobody after them to notice that all lanes are stuck.</summary>
    private async Task WatchAsync()
    {
        await Task.Delay(Stuck);
        lock (gate)
        {
            isWatched = false;
            StartIfRoom();
        }
    }

    private List<Folded<TItem, TResult>> Collect()
    {
        var together = new List<Folded<TItem, TResult>>();
        for (var node = pending.First; node is not null && together.Count < MostTogether;)
        {
            var (folded, next) = (node.Value, node.Next);
            if (folded.Task.IsCompleted)
            {
                pending.Remove(node); // its caller does not wait any more
            }
            else if (folded.Key is not { } key || keys.Add(key))
            {
                pending.Remove(node);
                together.Add(folded);
            }

            node = next;
        }

        return together;
    }

    private async Task RunLaneAsync(List<Folded<TItem, TResult>> together)
    {
        for (List<Folded<TItem, TResult>>? next = together; next is not null; next = NextAfter(next))
        {
            var taken = next.FindAll(f => f.TryTake());
            try
            {
                await run(taken);
            }
            catch (Exception e)
            {
                taken.ForEach(f => f.TrySetException(e));
            }
        }
    }

    private List<Folded<TItem, TResult>>? NextAfter(List<Folded<TItem, TResult>> ended)
    {
        lock (gate)
        {
            progressed = Stopwatch.GetTimestamp();
            keys.ExceptWith(ended.Select(f => f.Key).OfType<string>());
            if (Collect() is { Count: > 0 } next)
                return next;

            running--;
            return null;
        }
    }
}

/// <summary>One item and its caller's task.</summary>
internal sealed class Folded<TItem, TResult> : TaskCompletionSource<TResult>
{
    private readonly CancellationTokenRegistration cancelling;
    private int isDecided;

    public Folded(TItem item, string? key, CancellationToken token) : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        (Item, Key) = (item, key);
        cancelling = token.UnsafeRegister(static (state, cancelled) => ((Folded<TItem, TResult>)state!).Cancel(cancelled), this); // registered with itself
    }

    public TItem Item { get; }

    public string? Key { get; }

    /// <summary>False when its caller does not wait any more.</summary>
    public bool TryTake()
    {
        var isTaken = Interlocked.Exchange(ref isDecided, 1) == 0;
        cancelling.Unregister();
        return isTaken;
    }

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.Exchange(ref isDecided, 1) == 0)
            TrySetCanceled(token);
    }
}
