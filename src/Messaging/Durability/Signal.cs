namespace EventSourced.Messaging.Durability;

/// <summary>Wakes one waiter; signals while nobody waits are kept as one.</summary>
internal sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim pending = new(0);

    public void Set()
    {
        if (pending.CurrentCount == 0)
            pending.Release();
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => pending.WaitAsync(atMost, cancellation);

    public void Dispose() => pending.Dispose();
}
