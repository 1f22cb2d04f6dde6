namespace EventSourced.EventStore.Daemon;

/// <summary>A parked document cannot go on, because an event still fails.</summary>
public sealed class StillFailingException(string shard, string documentId, long sequence, Exception inner)
    : Exception($"Document '{documentId}' of {shard} still fails at event {sequence}: {inner.Message}", inner)
{
    /// <summary>The event.</summary>
    public long Sequence { get; } = sequence;
}
