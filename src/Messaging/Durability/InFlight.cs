using System.Diagnostics;

namespace EventSourced.Messaging.Durability;

/// <summary>A claimed message in this process: waiting for a handler, being handled, or given up.</summary>
internal sealed class InFlight(QueuedMessage message) : IDisposable
{
    private const int Waiting = 0;
    private const int Started = 1;
    private const int GivenUp = 2;

    private readonly CancellationTokenSource cancel = new();
    private readonly long claimed = Stopwatch.GetTimestamp();
    private int state = Waiting;

    public QueuedMessage Message { get; } = message;

    /// <summary>Cancelled when the lease is lost or the shutdown's grace is over.</summary>
    public CancellationToken Cancellation => cancel.Token;

    public bool LeaseLost { get; private set; }

    public bool IsRunning => Volatile.Read(ref state) == Started;

    public TimeSpan Age => Stopwatch.GetElapsedTime(claimed);

    /// <summary>False when it was given up meanwhile.</summary>
    public bool TryStart() => Interlocked.CompareExchange(ref state, Started, Waiting) == Waiting;

    /// <summary>False when it is being handled.</summary>
    public bool TryGiveUp() => Interlocked.CompareExchange(ref state, GivenUp, Waiting) == Waiting;

    public Task LoseLeaseAsync()
    {
        LeaseLost = true;
        return StopAsync();
    }

    public async Task StopAsync()
    {
        try
        {
            await cancel.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It ended between the look and the call; there is nothing to stop.
        }
    }

    public void Dispose() => cancel.Dispose();
}
