using System.Collections.Concurrent;

namespace EventSourced.EventStore.Daemon;

/// <summary>The waiters of this process, by topic.</summary>
internal sealed class WakeUpSignals
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> next = new(StringComparer.Ordinal);

    /// <summary>Completes at the next <see cref="Raise"/> of the topic.</summary>
    public Task Next(string topic) => next.GetOrAdd(topic, static _ => NewSignal()).Task;

    public void Raise(string topic)
    {
        if (next.TryRemove(topic, out var signal))
            signal.TrySetResult();
    }

    public void RaiseAll()
    {
        foreach (var topic in next.Keys)
            Raise(topic);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
