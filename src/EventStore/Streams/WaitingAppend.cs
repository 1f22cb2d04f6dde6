namespace EventSourced.EventStore.Streams;

/// <summary>An append on its way through the lanes.</summary>
internal sealed class WaitingAppend : TaskCompletionSource<bool>
{
    private CancellationTokenRegistration cancelling;
    private int isDecided;

    /// <param name="append">The append.</param>
    /// <param name="patience">How long it waits for its stream; null as long as the database lets it.</param>
    /// <param name="token">Cancels it while nobody has taken it.</param>
    public WaitingAppend(StreamAppend append, TimeSpan? patience, CancellationToken token) : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        (Append, Patience, Token) = (append, patience, token);
        Register();
    }

    public StreamAppend Append { get; }

    public TimeSpan? Patience { get; }

    public CancellationToken Token { get; }

    /// <summary>Whether its stream was held, so that it left the lanes.</summary>
    public bool IsSlow { get; private set; }

    /// <summary>False when its caller does not wait any more.</summary>
    public bool TryTake()
    {
        var isTaken = Interlocked.Exchange(ref isDecided, 1) == 0;
        cancelling.Unregister();
        return isTaken;
    }

    /// <summary>Taken, and certainly not written: it waits again.</summary>
    public void LeaveLane()
    {
        IsSlow = true;
        Volatile.Write(ref isDecided, 0);
        Register();
    }

    private void Register() =>
        cancelling = Token.UnsafeRegister(static (state, cancelled) => ((WaitingAppend)state!).Cancel(cancelled), this); // registered with itself

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.Exchange(ref isDecided, 1) == 0)
            TrySetCanceled(token);
    }
}
