using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class RepositoryEndpoints
{
    public static IEndpointRouteBuilder MapRepositories(this IEndpointRouteBuilder albs)
    {
        var repositories = albs.MapGroup("/repositories").WithTags("Repositories").RequireAuthorization(Policies.Authenticated);
        repositories.MapGet("/", List);
        repositories.MapGet("/{id}/", Get);
        return albs;
    }

    private static async Task<Ok<IReadOnlyList<RepositoryResponse>>> List(IQuerySession session, ContentUrls urls, HttpRequest request, CancellationToken ct) =>
        TypedResults.Ok<IReadOnlyList<RepositoryResponse>>(
            [.. (await session.RepositoriesAsync(ct)).Select(r => PlatformMapping.ToResponse(r, url => urls.Absolute(url, request)))]);

    /// <summary>The repository, or <c>null</c> with 200 (albs 6.3).</summary>
    private static async Task<Results<Ok<RepositoryResponse>, ContentHttpResult>> Get(
        long id, IQuerySession session, ContentUrls urls, HttpRequest request, CancellationToken ct) =>
        id is > 0 and <= int.MaxValue && await session.LoadAsync<RepositoryDetails>(new RepositoryId((int)id).StreamKey, ct) is { } repository
            ? TypedResults.Ok(PlatformMapping.ToResponse(repository, url => urls.Absolute(url, request)))
            : AlbsJson.Null;
}
