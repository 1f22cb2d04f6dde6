using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EventSourced.Api.Packages;

public static class ReleaseEndpoints
{
    public static IEndpointRouteBuilder MapOwnReleases(this IEndpointRouteBuilder api)
    {
        var releases = api.MapGroup("/releases").WithTags("Releases");
        releases.MapGet("/{id:int}/events", Follow).RequireAuthorization(Policies.OpenReading);
        releases.MapPost("/{id:int}/dry-run", Rehearse).RequireAuthorization(Policies.Builder);
        return api;
    }

    /// <summary>Where a release stands, and each step of it.</summary>
    private static async Task<Results<ServerSentEventsResult<ReleaseEventResponse>, NoContent>> Follow(
        int id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, IQuerySession session, ChangeFeed feed, CancellationToken ct)
    {
        var release = await session.LoadAsync<ReleaseDetails>(new ReleaseId(id).StreamKey, ct) ?? throw RequestRefusedException.NotFound($"Release {id}");
        return await feed.FollowAsync(ReleaseEventResponse.Of(release), lastEventId, ct);
    }

    /// <summary>What a commit would come to now; nothing changes.</summary>
    private static async Task<Ok<ReleaseRehearsalResponse>> Rehearse(int id, ReleaseCommits commits, CancellationToken ct)
    {
        var rehearsal = await commits.RehearseAsync(new(id), ct);
        return TypedResults.Ok(new ReleaseRehearsalResponse(
            id, rehearsal.Status, rehearsal.Message, [.. rehearsal.Targets.Select(t => new ReleaseTargetResponse(t.RepositoryId.Value, [.. t.Packages.Select(p => p.FileName)]))]));
    }
}

/// <param name="Id">The release's number.</param>
/// <param name="Status">How a commit would end.</param>
/// <param name="Message">What it would say.</param>
/// <param name="Targets">What each repository would get.</param>
public sealed record ReleaseRehearsalResponse(int Id, ReleaseStatus Status, string Message, IReadOnlyList<ReleaseTargetResponse> Targets);

/// <param name="RepositoryId">The repository's number.</param>
/// <param name="Packages">File names of what it has not yet.</param>
public sealed record ReleaseTargetResponse(int RepositoryId, IReadOnlyList<string> Packages);
