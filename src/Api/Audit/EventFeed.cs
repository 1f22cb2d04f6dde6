using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using EventSourced.Api.Hosting;

namespace EventSourced.Api.Audit;

/// <summary>The log as it grows; never beyond the high-water mark, so a follower misses nothing.</summary>
public sealed class EventFeed(EventLog log, IDocumentStore store, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>The position that a follower was told; null where the log has not come to it, so that nobody was.</summary>
    public async Task<long?> KnownAsync(string? lastEventId, CancellationToken ct) =>
        EventStreams.PositionIn(lastEventId) is { } position && position <= await log.HighWaterMarkAsync(ct) ? position : null;

    /// <summary>Ends when the client leaves or the host stops. The id of an item is its position, by which a follower resumes.</summary>
    public async IAsyncEnumerable<SseItem<EventResponse?>> FollowAsync(long after, EventFilter? filter, [EnumeratorCancellation] CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        var silence = new Silence(time);
        while (!ending.IsCancellationRequested)
        {
            // Asked for before looking: what comes while we look raises it.
            var news = store.WakeUps.WaitAsync(IWakeUps.HighWaterMarkMoved, EventStreams.Poll, ending.Token);
            var page = await log.PageAsync(after, EventStreams.PageSize, filter, ct);
            foreach (var item in page.Items)
                yield return new SseItem<EventResponse?>(item, "event") { EventId = item.Sequence.ToString(CultureInfo.InvariantCulture) };

            after = page.Next;
            if (page.Items.Count > 0)
            {
                silence.Break();
                continue;
            }

            if (silence.IsOver())
                yield return new SseItem<EventResponse?>(null, "alive");

            await news.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // cancelled: the loop ends
        }
    }
}
