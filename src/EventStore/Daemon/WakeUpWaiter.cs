namespace EventSourced.EventStore.Daemon;

/// <summary>For loops that look and then wait: armed before the look, it also hears a signal raised during it.</summary>
internal sealed class WakeUpWaiter(IWakeUps wakeUps, string topic, TimeSpan atMost, CancellationToken token)
{
    private Task? pending;

    public void Arm()
    {
        if (pending is null or { IsCompleted: true })
            pending = wakeUps.WaitAsync(topic, atMost, token);
    }

    /// <summary>Whether the signal came, or the time is over, since it was armed; then arming it again begins a new wait.</summary>
    public bool IsSignalled => pending is { IsCompleted: true };

    public Task WaitAsync() => pending ?? throw new InvalidOperationException("Arm first.");
}
