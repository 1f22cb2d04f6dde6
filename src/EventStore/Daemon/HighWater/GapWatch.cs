namespace EventSourced.EventStore.Daemon.HighWater;

/// <summary>The fences taken at gaps, oldest first, and which of them have been passed.</summary>
internal sealed class GapWatch(MarkSession session, TimeProvider time)
{
    /// <summary>Marten's default <c>StaleSequenceThreshold</c>.</summary>
    public static readonly TimeSpan ForeignThreshold = TimeSpan.FromSeconds(3);

    private const int AtMost = 16;
    private static readonly TimeSpan AtLeastBetween = TimeSpan.FromMilliseconds(250);

    private readonly List<Fence> fences = [];
    private (long Drawn, DateTime At) settled = (0, DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc));
    private (long Drawn, DateTime At)? latest;
    private long deadBelow;

    /// <summary>
    /// To be called before a poll: lets foreign sessions off whose time is over. After the poll would be wrong, for what they commit in between is neither in
    /// its snapshot nor alive any more.
    /// </summary>
    public async Task ReleaseAsync(CancellationToken token)
    {
        for (var i = 0; i < fences.Count && fences[i].Age(time) >= ForeignThreshold; i++)
        {
            if (fences[i].Foreign && !await session.OlderForeignTransactionAsync(fences[i], token))
                fences[i] = fences[i] with { Foreign = false };
        }
    }

    /// <summary>The number below which the poll's missing numbers can never appear.</summary>
    public long DeadBelow(MarkPoll poll)
    {
        Settle(poll);
        while (fences is [var oldest, ..] && !oldest.Foreign && oldest.Xid <= poll.Xmin)
        {
            deadBelow = oldest.UpTo;
            fences.RemoveAt(0);
        }

        return deadBelow;
    }

    /// <summary>Takes a fence, unless the newest one covers all that this poll has seen or is very young.</summary>
    public async Task<bool> WatchAsync(MarkPoll poll, CancellationToken token)
    {
        if (fences is [.., var newest] && (newest.UpTo == poll.Largest || fences.Count >= AtMost || newest.Age(time) < AtLeastBetween))
            return false;

        fences.Add(await session.FenceAsync(poll.Largest, settled.At, time.GetTimestamp(), token));
        return true;
    }

    /// <summary>Keeps a time at which nothing above the present mark had been drawn.</summary>
    private void Settle(MarkPoll poll)
    {
        if (latest is { } known && known.Drawn > poll.Mark)
            return;

        settled = latest ?? settled;
        latest = (poll.LastDrawn, poll.At);
    }
}
