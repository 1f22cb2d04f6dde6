using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EventSourced.Api.Packages;

public static class BuildEventEndpoints
{
    private const int PageSize = 500;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1), SignOfLife = TimeSpan.FromSeconds(15);

    public static IEndpointRouteBuilder MapBuildEvents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/builds/{id:int}/events", Follow).WithTags("Builds").RequireAuthorization(Policies.OpenReading);
        return api;
    }

    /// <summary>Status changes of a build and its tasks, live and later, from <c>Last-Event-ID</c> on; the id is the position in the event log.</summary>
    private static async Task<Results<ServerSentEventsResult<BuildEventResponse>, NoContent>> Follow(
        int id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, IQuerySession session, IDocumentStore store, TimeProvider time,
        IHostApplicationLifetime lifetime, CancellationToken ct)
    {
        var build = await session.LoadAsync<BuildDetails>(new BuildId(id).StreamKey, ct) ?? throw RequestRefusedException.NotFound($"Build {id}");
        var after = long.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : 0;
        var finished = after > 0 && await session.IsFinishedAtAsync(new(id), after, ct);

        // A client that reconnects after it has seen the end is told to stop, by the 204 that server-sent events have for it.
        return finished && await session.BuildEventsAsync(build, after, 1, ct) is []
            ? TypedResults.NoContent()
            : TypedResults.ServerSentEvents(ChangesAsync(build, after, finished, store, time, lifetime.ApplicationStopping, ct));
    }

    /// <summary>Ends with the build, and without the item <c>end</c> when the client leaves or the host stops.</summary>
    private static async IAsyncEnumerable<SseItem<BuildEventResponse>> ChangesAsync(
        BuildDetails build, long after, bool finished, IDocumentStore store, TimeProvider time, CancellationToken stopping,
        [EnumeratorCancellation] CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping);
        yield return BuildEventResponse.Opening(build);
        var silentSince = time.GetTimestamp();
        while (!ending.IsCancellationRequested)
        {
            // Asked for before looking: what is appended while we look raises it.
            var news = store.WakeUps.WaitAsync(IWakeUps.EventsAppended, Poll, ending.Token);
            var page = await PageAsync(build, after, store, ct);
            foreach (var change in page)
            {
                after = change.Sequence;
                finished |= change.Type is "build_finished";
                if (BuildEventResponse.Of(build.Number, change) is { } item)
                    yield return item;
            }

            if (page is [] && finished)
            {
                yield return new(new() { BuildId = build.Number, Status = "finished" }, "end");
                yield break;
            }

            if (page is [])
                await news.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // cancelled: the loop ends
            else
                silentSince = time.GetTimestamp();

            if (time.GetElapsedTime(silentSince) >= SignOfLife)
            {
                silentSince = time.GetTimestamp();
                yield return new(new() { BuildId = build.Number }, "alive");
            }
        }
    }

    private static async Task<IReadOnlyList<BuildHistoryEvent>> PageAsync(BuildDetails build, long after, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        return await session.BuildEventsAsync(build, after, PageSize, ct);
    }
}
