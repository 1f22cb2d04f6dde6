using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EventSourced.Api.Packages;

public static class RepositoryEventEndpoints
{
    public static IEndpointRouteBuilder MapRepositoryEvents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/repositories/{id:int}/events", Follow).WithTags("Repositories").RequireAuthorization(Policies.OpenReading);
        return api;
    }

    /// <summary>Changes of a repository's content and what clients see of it.</summary>
    private static async Task<Results<ServerSentEventsResult<RepositoryEventResponse>, NoContent>> Follow(
        int id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, IQuerySession session, ChangeFeed feed, CancellationToken ct)
    {
        var repository = await session.LoadAsync<RepositoryDetails>(new RepositoryId(id).StreamKey, ct) ?? throw RequestRefusedException.NotFound($"Repository {id}");
        return await feed.FollowAsync(RepositoryEventResponse.Of(repository), lastEventId, ct);
    }
}
