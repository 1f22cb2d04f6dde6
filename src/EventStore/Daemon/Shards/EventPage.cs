namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>One event of a page, or what is known of one that could not be read.</summary>
/// <param name="Sequence">Its global position.</param>
/// <param name="StreamKey">Its stream.</param>
/// <param name="Event">The event; null when its body could not be read.</param>
/// <param name="Unreadable">Why not.</param>
internal readonly record struct PageEvent(long Sequence, string StreamKey, IEvent? Event, Exception? Unreadable);

/// <summary>The events a projection takes of the numbers above <paramref name="Floor"/> up to and including <paramref name="Ceiling"/>.</summary>
/// <param name="Floor">The shard's position before.</param>
/// <param name="Ceiling">The shard's position after.</param>
/// <param name="Mark">The high-water mark when the page was read.</param>
/// <param name="Events">In order.</param>
internal sealed record EventPage(long Floor, long Ceiling, long Mark, IReadOnlyList<PageEvent> Events)
{
    public bool IsLast => Ceiling >= Mark;
}
