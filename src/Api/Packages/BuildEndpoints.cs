using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages;

public static class BuildEndpoints
{
    public static IEndpointRouteBuilder MapOwnBuilds(this IEndpointRouteBuilder api)
    {
        api.MapGet("/builds/{id:int}", Get).WithTags("Builds").RequireAuthorization(Policies.OpenReading);
        return api.MapBuildEvents();
    }

    private static async Task<Ok<BuildStatusResponse>> Get(int id, IQuerySession session, HttpResponse response, CancellationToken ct)
    {
        await response.SetETagOfAsync(new BuildId(id).StreamKey, session, ct);
        var build = await session.LoadAsync<BuildDetails>(new BuildId(id).StreamKey, ct) ?? throw RequestRefusedException.NotFound($"Build {id}");
        var tasks = await session.TasksOfBuildsAsync([id], ct);
        var repositories = await session.RepositoriesOfBuildsAsync([id], ct);
        return TypedResults.Ok(new BuildStatusResponse(
            id, build.OwnerId, build.CreatedAt, build.FinishedAt,
            [.. tasks.Select(t => new BuildTaskSummary(t.Number, t.Index, t.Arch, t.Platform.Name, t.Ref.Url, t.Ref.GitRef, t.GitCommitHash, t.Status, t.Error))],
            [.. repositories.Select(r => new BuildRepositoryResponse(r.Number, r.Name, r.Arch, r.Settings.Url ?? "", r.Revision, r.Published, r.SignedBy))]));
    }
}

/// <param name="Id">Its number.</param>
/// <param name="OwnerId">The user it belongs to.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="FinishedAt">When its last task ended.</param>
/// <param name="Tasks">Ascending.</param>
/// <param name="Repositories">Made for this build.</param>
public sealed record BuildStatusResponse(
    int Id, int OwnerId, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt, IReadOnlyList<BuildTaskSummary> Tasks,
    IReadOnlyList<BuildRepositoryResponse> Repositories);

public sealed record BuildTaskSummary(
    int Id, int Index, string Arch, string Platform, string Url, string? GitRef, string? GitCommitHash, BuildTaskStatus Status, string? Error);

/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Arch">What it holds packages for.</param>
/// <param name="Url">Below the address content is served at.</param>
/// <param name="Revision">Of the content it shall have.</param>
/// <param name="Published">The revision clients see; 0 is none.</param>
/// <param name="SignedBy">Fingerprint of the key its index is signed with.</param>
public sealed record BuildRepositoryResponse(int Id, string Name, string Arch, string Url, int Revision, int Published, string? SignedBy);
