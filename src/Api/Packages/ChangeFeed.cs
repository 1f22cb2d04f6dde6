using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using EventSourced.Api.Hosting;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages;

/// <summary>A thing whose changes are followed.</summary>
/// <typeparam name="T">What is told of a change.</typeparam>
/// <param name="Stream">The stream that says where it stands.</param>
/// <param name="Others">Streams whose events are told too.</param>
/// <param name="Opening">Comes first.</param>
/// <param name="Of">Null for events that are not told.</param>
/// <param name="Ends">Names of events of <paramref name="Stream"/> after which nothing is to be expected.</param>
/// <param name="Resumes">Names of events after which it is again.</param>
/// <param name="Alive">Told when nothing else is.</param>
/// <param name="End">Comes last, with the position of the last event there was, told or not.</param>
public sealed record FollowedChanges<T>(
    string Stream, IReadOnlyList<string> Others, SseItem<T> Opening, Func<HistoryEvent, SseItem<T>?> Of, IReadOnlyList<string> Ends, IReadOnlyList<string> Resumes,
    T Alive, T End)
{
    public IReadOnlyList<string> Streams => [Stream, .. Others];
}

/// <summary>Changes as server-sent events, live and later, from <c>Last-Event-ID</c> on; the id is the position in the event log.</summary>
public sealed class ChangeFeed(IDocumentStore store, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>A client that reconnects after it has seen the end is told to stop, by the 204 that server-sent events have for it.</summary>
    public async Task<Results<ServerSentEventsResult<T>, NoContent>> FollowAsync<T>(FollowedChanges<T> followed, string? lastEventId, CancellationToken ct)
    {
        var after = await KnownAsync(EventStreams.PositionIn(lastEventId) ?? 0, ct);
        var ended = after > 0 && await HasEndedAtAsync(followed, after, ct);
        return ended && !await MayTellMoreAsync(followed, after, ct)
            ? TypedResults.NoContent()
            : TypedResults.ServerSentEvents(ChangesAsync(followed, after, ended, ct));
    }

    /// <summary>Ends with the thing, and without the item <c>end</c> when the client leaves or the host stops.</summary>
    private async IAsyncEnumerable<SseItem<T>> ChangesAsync<T>(
        FollowedChanges<T> followed, long after, bool ended, [EnumeratorCancellation] CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        yield return followed.Opening;
        var silence = new Silence(time);
        while (!ending.IsCancellationRequested)
        {
            // Asked for before looking: what is appended while we look raises it.
            var news = store.WakeUps.WaitAsync(IWakeUps.EventsAppended, EventStreams.Poll, ending.Token);
            var page = await PageAsync(followed, after, EventStreams.PageSize, ct);
            foreach (var change in page)
            {
                after = change.Sequence;
                ended = followed.Ends.Contains(change.Type) || (ended && !followed.Resumes.Contains(change.Type));
                if (followed.Of(change) is { } item)
                    yield return item;
            }

            if (page is [] && ended)
            {
                yield return new(followed.End, "end") { EventId = after.ToString(CultureInfo.InvariantCulture) };
                yield break;
            }

            if (page is [])
                await news.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // cancelled: the loop ends
            else
                silence.Break();

            if (silence.IsOver())
                yield return new(followed.Alive, "alive");
        }
    }

    /// <returns>The start for a position that the log has not come to: nobody was told it.</returns>
    private async Task<long> KnownAsync(long position, CancellationToken ct)
    {
        if (position is 0)
            return 0;

        await using var session = store.QuerySession();
        return await session.IsInLogAsync(position, ct) ? position : 0;
    }

    private async Task<bool> HasEndedAtAsync<T>(FollowedChanges<T> followed, long position, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        return await session.LastEventAsync(followed.Stream, position, [.. followed.Ends, .. followed.Resumes], ct) is { } last && followed.Ends.Contains(last);
    }

    private async Task<bool> MayTellMoreAsync<T>(FollowedChanges<T> followed, long after, CancellationToken ct)
    {
        var page = await PageAsync(followed, after, EventStreams.PageSize, ct);
        return page.Count is EventStreams.PageSize || page.Any(change => followed.Of(change) is not null);
    }

    private async Task<IReadOnlyList<HistoryEvent>> PageAsync<T>(FollowedChanges<T> followed, long after, int limit, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        return await session.HistoryAsync(followed.Streams, after, limit, ct);
    }
}
