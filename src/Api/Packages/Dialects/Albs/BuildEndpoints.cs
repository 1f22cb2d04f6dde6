using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class BuildEndpoints
{
    private const int PageSize = 10;

    public static IEndpointRouteBuilder MapBuilds(this IEndpointRouteBuilder albs)
    {
        var builds = albs.MapGroup("/builds").WithTags("Builds");
        builds.MapPost("/", Create).RequireAuthorization(Policies.Builder).WithMetadata(new BodyName("build"));
        builds.MapGet("/", List).RequireAuthorization(Policies.OpenReading).Produces<BuildPageResponse>().Produces<IReadOnlyList<BuildResponse>>();
        builds.MapGet("/{id}/", Get).RequireAuthorization(Policies.OpenReading);
        builds.MapPatch("/{id}/cancel", Cancel).RequireAuthorization(Policies.Builder);
        return albs;
    }

    private static async Task<Ok<BuildResponse>> Create(
        Body<BuildRequest> body, CurrentPrincipal principal, BuildRequests requests, IMessageBus bus, BuildAnswers answers, CancellationToken ct)
    {
        var command = await requests.ToCommandAsync(body.Value, principal, ct);
        var result = await bus.InvokeAsync<CommandResult>(command, ct);
        return TypedResults.Ok(await answers.OfAsync(result, ct));
    }

    private static async Task<IResult> List(BuildListQuery query, IQuerySession session, BuildAnswers answers, CancellationToken ct)
    {
        if (query.Page is not { } page)
            return TypedResults.Json(AllAsync(query, session, answers, ct), AlbsJson.Options);

        var found = await session.BuildsAsync(query.Filter, (int)Math.Min(int.MaxValue, (page - 1L) * PageSize), PageSize, ct);
        return TypedResults.Json(new BuildPageResponse(await answers.OfAsync(found.BuildIds, ct), found.Total, page), AlbsJson.Options);
    }

    /// <summary>Written as it is read, a page at a time.</summary>
    private static async IAsyncEnumerable<BuildResponse> AllAsync(
        BuildListQuery query, IQuerySession session, BuildAnswers answers, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var found = await session.BuildsAsync(query.Filter, 0, take: null, ct);
        foreach (var page in found.BuildIds.Chunk(100))
            foreach (var build in await answers.OfAsync(page, ct))
                yield return build;
    }

    private static async Task<Ok<BuildResponse>> Get(int id, BuildAnswers answers, CancellationToken ct) =>
        await answers.OfAsync([id], ct) is [var build]
            ? TypedResults.Ok(build)
            : throw new RequestRefusedException(StatusCodes.Status404NotFound, BuildErrors.Unknown, $"Build with build_id={id} is not found");

    private static async Task<ContentHttpResult> Cancel(int id, BuildCancellation cancellation, CancellationToken ct)
    {
        await cancellation.CancelAsync(new(id), ct);
        return AlbsJson.Null;
    }
}
