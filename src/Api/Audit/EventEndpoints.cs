using EventSourced.Api.Hosting;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Audit;

public static class EventEndpoints
{
    public static IEndpointRouteBuilder MapEvents(this IEndpointRouteBuilder routes)
    {
        var events = routes.MapGroup("/events").WithTags("Events").RequireAuthorization(Policies.Auditor);
        events.MapGet("/", List);
        events.MapGet("/{id:guid}", Get);
        events.MapGet("/{id:guid}/causes", Causes);
        events.MapGet("/{id:guid}/effects", Effects);
        return routes;
    }

    /// <summary>A page of the log, or with <c>Accept: text/event-stream</c> the log as it grows, resumed by <c>Last-Event-ID</c>, else from <c>after</c> on.</summary>
    private static async Task<Results<Ok<EventPageResponse>, ServerSentEventsResult<EventResponse?>>> List(
        HttpRequest request, EventLog log, EventFeed feed, CancellationToken ct,
        long after = 0, int limit = Paging.Default, string? correlation = null, string? actor = null, string? causation = null)
    {
        var filter = Filter(correlation, actor, causation);
        return EventStreams.IsWanted(request)
            ? TypedResults.ServerSentEvents(feed.FollowAsync(await feed.KnownAsync(request.Headers["Last-Event-ID"], ct) ?? after, filter, ct))
            : TypedResults.Ok(await log.PageAsync(after, Paging.Checked(limit), filter, ct));
    }

    private static async Task<Ok<EventResponse>> Get(Guid id, EventLog log, CancellationToken ct) =>
        TypedResults.Ok(await log.FindAsync(id, ct) ?? throw Unknown(id));

    /// <summary>Why: the event first, then what led to it, up to the command at the root.</summary>
    private static async Task<Ok<IReadOnlyList<EventResponse>>> Causes(Guid id, EventLog log, CancellationToken ct, int limit = Paging.Default) =>
        await log.CausesAsync(id, Paging.Checked(limit), ct) is { Count: > 0 } causes ? TypedResults.Ok(causes) : throw Unknown(id);

    private static async Task<Ok<IReadOnlyList<EventResponse>>> Effects(Guid id, EventLog log, CancellationToken ct, int limit = Paging.Default)
    {
        _ = await log.FindAsync(id, ct) ?? throw Unknown(id);
        return TypedResults.Ok(await log.EffectsAsync(id, Paging.Checked(limit), ct));
    }

    private static EventFilter? Filter(string? correlation, string? actor, string? causation) => (correlation, actor, causation) switch
    {
        (null, null, null) => null,
        ({ } id, null, null) => EventFilter.Correlation(id),
        (null, { } principal, null) => EventFilter.Actor(principal),
        (null, null, { } id) => EventFilter.Causation(id),
        _ => throw InvalidRequestException.Of("query", "correlation", "is given together with another filter; give one of correlation, actor and causation"),
    };

    private static RequestRefusedException Unknown(Guid id) => RequestRefusedException.NotFound($"Event {id}");
}
