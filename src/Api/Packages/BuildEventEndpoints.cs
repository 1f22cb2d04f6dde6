using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EventSourced.Api.Packages;

public static class BuildEventEndpoints
{
    public static IEndpointRouteBuilder MapBuildEvents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/builds/{id:int}/events", Follow).WithTags("Builds").RequireAuthorization(Policies.OpenReading);
        return api;
    }

    /// <summary>Status changes of a build and its tasks.</summary>
    private static async Task<Results<ServerSentEventsResult<BuildEventResponse>, NoContent>> Follow(
        int id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, IQuerySession session, ChangeFeed feed, CancellationToken ct)
    {
        var build = await session.LoadAsync<BuildDetails>(new BuildId(id).StreamKey, ct) ?? throw RequestRefusedException.NotFound($"Build {id}");
        return await feed.FollowAsync(BuildEventResponse.Of(build), lastEventId, ct);
    }
}
