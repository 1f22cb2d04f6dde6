using System.Diagnostics;

namespace EventSourced.Messaging.Durability;

/// <summary>
/// Folds concurrently invoked pure commands: while the transactions of the first ones run, the next gather and share one. A lone command runs at once.
/// </summary>
internal sealed class DecisionLanes(SharedDecisions shared)
{
    private const int Lanes = 2;
    private const int MostLanes = 16;
    private const int MostTogether = 32;

    /// <summary>A transaction that takes longer waits for somebody's lock; it shall not hold up the others.</summary>
    private static readonly TimeSpan Stuck = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly LinkedList<Waiting> pending = [];
    private readonly HashSet<string> streams = new(StringComparer.Ordinal); // of the transactions that run
    private long progressed = Stopwatch.GetTimestamp();
    private int running;
    private bool isWatched;

    private bool HasRoom => running < Lanes || running < MostLanes && Stopwatch.GetElapsedTime(progressed) > Stuck;

    /// <summary>A client's key takes its row before the decision, and waits there for another request with the same key.</summary>
    public static bool Takes(Delivery delivery) => delivery.Chain.IsPure && delivery.Idempotency is null;

    /// <summary>
    /// Runs the command with others. It can be cancelled as long as it waits for them; once taken it is not any more: its outcome is known or the connection broke.
    /// </summary>
    /// <returns>Null when it is to be run alone; nothing of it was saved.</returns>
    public Task<CommandResult?> ExecuteAsync(Delivery delivery, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var waiting = new Waiting(new SharedDecision(delivery, Activity.Current), cancellation);
        lock (gate)
        {
            pending.AddLast(waiting);
            StartIfRoom();
        }

        return waiting.Task;
    }

    private void StartIfRoom()
    {
        if (HasRoom && Collect() is { Count: > 0 } together)
        {
            running++;
            progressed = Stopwatch.GetTimestamp();
            ThreadPool.UnsafeQueueUserWorkItem(static run => _ = run.Lanes.RunAsync(run.Together), (Lanes: this, Together: together), preferLocal: false); // in nobody's context
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

    /// <summary>A stream has one transaction at a time; what would be its second waits for the first one's end.</summary>
    private List<Waiting> Collect()
    {
        var together = new List<Waiting>();
        for (var node = pending.First; node is not null && together.Count < MostTogether;)
        {
            var (waiting, next) = (node.Value, node.Next);
            if (waiting.IsGone)
            {
                pending.Remove(node);
            }
            else if (waiting.Decision.StreamKey is not { } key || streams.Add(key))
            {
                pending.Remove(node);
                together.Add(waiting);
            }

            node = next;
        }

        return together;
    }

    private async Task RunAsync(List<Waiting> together)
    {
        for (List<Waiting>? next = together; next is not null; next = Next(next))
            await SaveAsync(next.FindAll(w => w.TryTake()));
    }

    private List<Waiting>? Next(List<Waiting> ended)
    {
        lock (gate)
        {
            progressed = Stopwatch.GetTimestamp();
            streams.ExceptWith(ended.Select(w => w.Decision.StreamKey).OfType<string>());
            if (Collect() is { Count: > 0 } next)
                return next;

            running--;
            return null;
        }
    }

    private async Task SaveAsync(List<Waiting> together)
    {
        try
        {
            await shared.RunAsync(together.ConvertAll(w => w.Decision), queueMore: null, CancellationToken.None); // no caller ends what is others' too
            together.ForEach(w => w.End());
        }
        catch (Exception e)
        {
            together.ForEach(w => w.TrySetException(e));
        }
    }

    private sealed class Waiting : TaskCompletionSource<CommandResult?>
    {
        private readonly CancellationTokenRegistration cancelling;
        private int isDecided;

        public Waiting(SharedDecision decision, CancellationToken token) : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            Decision = decision;
            cancelling = token.UnsafeRegister(static (state, cancelled) => ((Waiting)state!).Cancel(cancelled), this); // registered with itself
        }

        public SharedDecision Decision { get; }

        /// <summary>Whether its caller does not wait any more.</summary>
        public bool IsGone => Task.IsCanceled;

        /// <summary>False when its caller does not wait any more.</summary>
        public bool TryTake()
        {
            var isTaken = Interlocked.Exchange(ref isDecided, 1) == 0;
            cancelling.Unregister();
            return isTaken;
        }

        public void End()
        {
            if (Decision.IsSaved)
                SetResult(Decision.Result);
            else if (Decision.Failure is { } failure)
                SetException(failure);
            else
                SetResult(null);
        }

        private void Cancel(CancellationToken token)
        {
            if (Interlocked.Exchange(ref isDecided, 1) == 0)
                TrySetCanceled(token);
        }
    }
}
