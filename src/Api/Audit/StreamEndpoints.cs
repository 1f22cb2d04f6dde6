using System.Text.Json;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Audit;

/// <param name="Items">In the order of the stream.</param>
/// <param name="Next">Send it as <c>after</c> for what follows; null at the end.</param>
public sealed record StreamEventsResponse(IReadOnlyList<EventResponse> Items, long? Next);

/// <param name="Key">The stream's key.</param>
/// <param name="Version">As of this version; null when asked for a time.</param>
/// <param name="At">As of this time; null when asked for a version.</param>
/// <param name="State">What the decisions would have seen then.</param>
public sealed record StreamStateResponse(string Key, long? Version, DateTimeOffset? At, JsonElement State);

public static class StreamEndpoints
{
    public static IEndpointRouteBuilder MapStreams(this IEndpointRouteBuilder routes)
    {
        var streams = routes.MapGroup("/streams").WithTags("Streams").RequireAuthorization(Policies.Auditor);
        streams.MapGet("/events", Events);
        streams.MapGet("/state", State);
        return routes;
    }

    private static async Task<Ok<StreamEventsResponse>> Events(string key, EventLog log, CancellationToken ct, long after = 0, int limit = Paging.Default)
    {
        var items = await log.StreamAsync(key, after, Paging.Checked(limit), ct);
        return items is [] && after == 0
            ? throw Unknown(key)
            : TypedResults.Ok(new StreamEventsResponse(items, items.Count == limit ? items[^1].Version : null));
    }

    /// <summary>As of now, a version, or a time.</summary>
    private static async Task<Ok<StreamStateResponse>> State(
        string key, StreamStates states, EventLog log, IQuerySession session, IDocumentStore store, HttpResponse response, CancellationToken ct,
        long? version = null, DateTimeOffset? at = null)
    {
        if (version is <= 0)
            throw InvalidRequestException.Of("query", "version", "must be 1 or more");

        if (version is not null && at is not null)
            throw InvalidRequestException.Of("query", "at", "is given together with version; give one of them");

        if (!states.Aliases.Contains(StreamStates.AliasOf(key)) || await session.Events.FetchStreamStateAsync(key, ct) is not { } stream)
            throw Unknown(key);

        if (version > stream.Version)
            throw RequestRefusedException.NotFound($"Version {version} of stream '{key}'");

        var folded = version ?? (at is { } time ? await log.VersionAtAsync(key, time, ct) : stream.Version);
        if (folded is not { } last || await states.AtAsync(session.Events, key, last, ct) is not { } state)
            throw RequestRefusedException.NotFound($"Stream '{key}' at that time");

        response.SetETag(last);
        return TypedResults.Ok(new StreamStateResponse(
            key, at is null ? version ?? stream.Version : null, at, JsonSerializer.SerializeToElement(state, state.GetType(), store.Options.SerializerOptions)));
    }

    private static RequestRefusedException Unknown(string key) => RequestRefusedException.NotFound($"Stream '{key}'");
}
