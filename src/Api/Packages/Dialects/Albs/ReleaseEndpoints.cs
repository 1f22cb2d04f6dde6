using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class ReleaseEndpoints
{
    private const int PageSize = 10;

    public static IEndpointRouteBuilder MapReleases(this IEndpointRouteBuilder albs)
    {
        var releases = albs.MapGroup("/releases").WithTags("Releases");
        releases.MapGet("/", List).RequireAuthorization(Policies.OpenReading).Produces<ReleasePageResponse>().Produces<IReadOnlyList<ReleaseResponse>>();
        releases.MapGet("/{id}/", Get).RequireAuthorization(Policies.OpenReading);
        releases.MapPost("/new/", Create).RequireAuthorization(Policies.Builder);
        releases.MapPut("/{id}/", Change).RequireAuthorization(Policies.Builder);
        releases.MapPost("/{id}/commit/", Commit).RequireAuthorization(Policies.Builder);
        releases.MapPost("/{id}/revert/", Revert).RequireAuthorization(Policies.Builder);
        releases.MapDelete("/{id}/delete", Delete).RequireAuthorization(Policies.Builder);
        return albs;
    }

    private static async Task<IResult> List(ReleaseListQuery query, IQuerySession session, ReleaseAnswers answers, CancellationToken ct)
    {
        var skip = (int)Math.Min(int.MaxValue, ((query.Page ?? 1) - 1L) * PageSize);
        var found = await session.ReleasesAsync(query.Filter, skip, query.Page is null ? null : PageSize, ct);
        var releases = await answers.OfAsync(found.Releases, ct);
        return query.Page is { } page
            ? TypedResults.Json(new ReleasePageResponse(releases, found.Total, page), AlbsJson.Options)
            : TypedResults.Json(releases, AlbsJson.Options);
    }

    private static async Task<Ok<ReleaseResponse>> Get(int id, ReleaseAnswers answers, CancellationToken ct) => TypedResults.Ok(await answers.OfAsync(new ReleaseId(id), ct));

    private static async Task<Ok<ReleaseResponse>> Create(
        Body<NewReleaseRequest> body, CurrentPrincipal principal, ReleasePlans plans, IMessageBus bus, ReleaseAnswers answers, HttpRequest request, CancellationToken ct)
    {
        var command = await plans.ToCommandAsync(body.Value, principal, request, ct);
        var result = await bus.InvokeAsync<CommandResult>(command, ct);
        return TypedResults.Ok(await answers.OfAsync(result.Events.OfType<ReleasePlanned>().Single().ReleaseId, ct));
    }

    private static async Task<Ok<ReleaseResponse>> Change(
        int id, Body<ChangedReleaseRequest> body, ReleasePlans plans, IMessageBus bus, ReleaseAnswers answers, HttpRequest request, CancellationToken ct)
    {
        await bus.InvokeAsync(await plans.ToCommandAsync(new(id), body.Value, request, ct), ct);
        return TypedResults.Ok(await answers.OfAsync(new ReleaseId(id), ct));
    }

    private static async Task<Ok<ReleaseCommitResponse>> Commit(int id, ReleaseCommits commits, ReleaseAnswers answers, CancellationToken ct)
    {
        var message = await commits.CommitAsync(new(id), ct);
        return TypedResults.Ok(new ReleaseCommitResponse(await answers.OfAsync(new ReleaseId(id), ct), message ?? ReleaseMessages.Started));
    }

    private static async Task<Ok<AlbsMessageResponse>> Revert(int id, ReleaseCommits commits, CancellationToken ct)
    {
        await commits.RevertAsync(new(id), ct);
        return TypedResults.Ok(new AlbsMessageResponse(ReleaseMessages.RevertStarted));
    }

    /// <summary>The message says whether there was such a release (albs 13.7).</summary>
    private static async Task<Ok<AlbsMessageResponse>> Delete(int id, IMessageBus bus, CancellationToken ct)
    {
        try
        {
            await bus.InvokeAsync(new DeleteRelease(new(id)), ct);
            return TypedResults.Ok(new AlbsMessageResponse($"Release {id} has been deleted"));
        }
        catch (RuleViolationException refused) when (refused.Code is ReleaseErrors.Unknown or ReleaseErrors.NotScheduled)
        {
            return TypedResults.Ok(new AlbsMessageResponse($"There is no scheduled release {id}"));
        }
    }
}
