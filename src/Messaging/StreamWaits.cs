namespace EventSourced.Messaging;

/// <summary>Waits until a stream's aggregate is as wanted.</summary>
internal sealed class StreamWaits(IDocumentStore store)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public async Task<T?> WaitForAsync<T>(string streamKey, Func<T, bool> predicate, TimeSpan timeout, CancellationToken cancellation) where T : class
    {
        var clock = store.Options.TimeProvider;
        var begun = clock.GetTimestamp();
        var seen = 0L;
        while (true)
        {
            var left = timeout - clock.GetElapsedTime(begun);
            // Asked for before the read, so that a commit between read and wait is not missed.
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var wake = store.WakeUps.WaitAsync(IWakeUps.EventsAppended, left < Poll ? Max(left, TimeSpan.Zero) : Poll, waiting.Token);
            var (version, found) = await ReadAsync(streamKey, seen, predicate, cancellation);
            if (found is not null || left <= TimeSpan.Zero)
            {
                await EndAsync(wake, waiting);
                return found;
            }

            seen = version;
            await wake;
        }
    }

    private async Task<(long Version, T? Found)> ReadAsync<T>(string streamKey, long seen, Func<T, bool> predicate, CancellationToken cancellation) where T : class
    {
        await using var session = store.QuerySession();
        var version = (await session.Events.FetchStreamStateAsync(streamKey, cancellation))?.Version ?? 0;
        if (version == seen)
            return (seen, null);

        var aggregate = await session.Events.AggregateStreamAsync<T>(streamKey, version, token: cancellation);
        return (version, aggregate is not null && predicate(aggregate) ? aggregate : null);
    }

    private static async Task EndAsync(Task wake, CancellationTokenSource waiting)
    {
        await waiting.CancelAsync();
        await wake.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
