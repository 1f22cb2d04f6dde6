namespace EventSourced.EventStore.Daemon.HighWater;

/// <summary>
/// A fresh transaction id, drawn after a poll that saw numbers up to <paramref name="UpTo"/>. Whoever drew a number below that did so before the fence, and
/// writers of ours own a transaction id before they draw; so once every id below the fence has ended, what is still missing below <paramref name="UpTo"/>
/// never comes.
/// </summary>
/// <param name="Xid">The transaction id.</param>
/// <param name="UpTo">The largest number seen by the poll before.</param>
/// <param name="Foreign">Whether a session that is not ours was connected and may still hold a number: such a one may draw before it owns a transaction id.</param>
/// <param name="Transactions">The foreign transactions that were open.</param>
/// <param name="Taken">This process's clock, in ticks of its <see cref="TimeProvider"/>.</param>
/// <param name="UndrawnAt">A time of the database's clock at which no number that is missing now had been drawn.</param>
internal sealed record Fence(long Xid, long UpTo, bool Foreign, string[] Transactions, long Taken, DateTime UndrawnAt)
{
    public TimeSpan Age(TimeProvider time) => time.GetElapsedTime(Taken);
}
