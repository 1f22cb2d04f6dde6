using Microsoft.Extensions.Logging;

namespace EventSourced.EventStore.Daemon.HighWater;

/// <summary>
/// Moves the row <c>HighWaterMark</c> to the last number below which nothing can appear any more. Exact for writers that own a transaction id before they
/// draw a number (ours); for foreign ones as good as Marten's threshold. One process does it at a time; two at once would be no error, for each moves only
/// where it found proof, and only from where it stood.
/// </summary>
internal sealed class HighWaterMark(string connectionString, IWakeUps wakeUps, TimeProvider time, ILogger logger)
{
    /// <summary>The topic raised when the mark has moved.</summary>
    public const string Moved = IWakeUps.HighWaterMarkMoved;

    /// <summary>The topic raised when an event turned up below the mark.</summary>
    public const string LateEvents = "late";

    private static readonly TimeSpan Progressing = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AtLongGap = TimeSpan.FromMilliseconds(50);

    /// <summary>Most gaps are writers that commit any moment; after so many looks it is a longer one.</summary>
    private const int LooksAtShortGap = 10;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LateEventsEvery = TimeSpan.FromSeconds(5);

    /// <summary>Runs until cancelled; waits for the lease while another process holds it, and connects again when the connection is lost.</summary>
    public async Task RunAsync(CancellationToken token)
    {
        while (!token.IsCancellationRequested)
        {
            try
            {
                await using var session = await MarkSession.OpenAsync(connectionString, token);
                if (await session.TryLeaseAsync(token))
                    await KeepAsync(session, token);
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                return;
            }
            catch (Exception lost) when (ConnectionLoss.Is(lost))
            {
                logger.MarkInterrupted(lost);
            }

            await Task.Delay(Idle, time, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepAsync(MarkSession session, CancellationToken token)
    {
        using var lease = DaemonMetrics.HoldMark();
        logger.MarkLeased();
        var gaps = new GapWatch(session, time);
        var wake = new WakeUpWaiter(wakeUps, IWakeUps.EventsAppended, Idle, token);
        var mark = await session.ReadAsync(token);
        var lateEventsRead = time.GetTimestamp();
        var stuck = 0;
        await ReportLateEventsAsync(session, token);

        while (true)
        {
            wake.Arm();
            await gaps.ReleaseAsync(token);
            var poll = await session.PollAsync(mark, token);
            if (poll.Mark > mark)
                mark = await FollowAsync(session, poll.Mark, token);

            var (next, skips) = GapRules.Advance(poll, gaps.DeadBelow(poll));
            if (next > mark)
                mark = await MoveAsync(session, mark, next, skips, token);

            DaemonMetrics.Mark(mark, poll.Largest);
            var fenced = poll.End > mark && await gaps.WatchAsync(poll, token);
            if (time.GetElapsedTime(lateEventsRead) >= LateEventsEvery)
            {
                lateEventsRead = time.GetTimestamp();
                await ReportLateEventsAsync(session, token);
            }

            stuck = mark == poll.Mark && poll.Largest > mark ? stuck + 1 : 0;
            await PauseAsync(poll, mark, fenced || stuck < LooksAtShortGap, wake, token);
        }
    }

    private async Task<long> MoveAsync(MarkSession session, long from, long to, IReadOnlyList<Skip> skips, CancellationToken token)
    {
        if (!await session.TryMoveAsync(from, to, skips, token))
            return await session.ReadAsync(token);

        foreach (var skip in skips)
            logger.NumbersGivenUp(skip.From, skip.To);

        DaemonMetrics.Skipped(skips.Sum(skip => skip.Count));
        wakeUps.Raise(Moved);
        return to;
    }

    /// <summary>Marten's daemon keeps the same row. What it gave up is looked at at once, while what turns up later is told from it most surely.</summary>
    private async Task<long> FollowAsync(MarkSession session, long to, CancellationToken token)
    {
        wakeUps.Raise(Moved);
        await ReportLateEventsAsync(session, token);
        return to;
    }

    private async Task ReportLateEventsAsync(MarkSession session, CancellationToken token)
    {
        foreach (var number in await session.NoteLateEventsAsync(token))
        {
            logger.LateEvent(number);
            DaemonMetrics.LateEvent();
            wakeUps.Raise(LateEvents);
        }
    }

    private async Task PauseAsync(MarkPoll poll, long mark, bool soon, WakeUpWaiter wake, CancellationToken token)
    {
        if (poll.WindowIsFull && mark > poll.Mark)
            return;

        if (mark > poll.Mark || poll.Largest > mark)
            await Task.Delay(mark > poll.Mark || soon ? Progressing : AtLongGap, time, token);
        else
            await wake.WaitAsync();
    }
}
