using System.Globalization;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class ProductEndpoints
{
    public static IEndpointRouteBuilder MapProducts(this IEndpointRouteBuilder albs)
    {
        var products = albs.MapGroup("/products").WithTags("Products").RequireAuthorization(Policies.OpenReading);
        products.MapGet("/", List).Produces<ProductPageResponse>().Produces<IReadOnlyList<ProductResponse>>();
        products.MapGet("/{id}/", Get);
        return albs;
    }

    private static async Task<IResult> List(
        [FromQuery] int? pageNumber, [FromQuery(Name = "search_string")] string? search, IQuerySession session, UserDirectory users, CancellationToken ct)
    {
        if (pageNumber < 0)
            throw InvalidRequestException.Of("query", "pageNumber", "is negative");

        var isFound = CultureInfo.InvariantCulture.CompareInfo.IndexOf(BuiltInProduct.Name, search ?? "", CompareOptions.IgnoreCase) >= 0;
        IReadOnlyList<ProductResponse> found = isFound ? [await ReadAsync(session, users, ct)] : [];
        return pageNumber is { } page and not 0
            ? TypedResults.Json(new ProductPageResponse(page is 1 ? found : [], found.Count, page), AlbsJson.Options)
            : TypedResults.Json(found, AlbsJson.Options);
    }

    private static async Task<Ok<ProductResponse>> Get(int id, IQuerySession session, UserDirectory users, CancellationToken ct) =>
        id is BuiltInProduct.Id ? TypedResults.Ok(await ReadAsync(session, users, ct)) : throw RequestRefusedException.NotFound($"Product {id}");

    private static async Task<ProductResponse> ReadAsync(IQuerySession session, UserDirectory users, CancellationToken ct)
    {
        var owner = BuiltInProduct.ToOwner(BuiltInProduct.OwnerId, await users.FindAsync(BuiltInProduct.OwnerId, ct));
        var platforms = (await session.PlatformsAsync(ct)).Where(p => p.Settings.IsReference is not true).Select(PlatformMapping.ToResponse).ToList();
        return new(
            BuiltInProduct.Id, BuiltInProduct.Name, BuiltInProduct.Name, Description: null, Builds: [], Repositories: [], platforms, owner, BuiltInProduct.TeamOf(owner),
            IsCommunity: false);
    }
}

/// <summary>Albs 14.2.</summary>
public sealed record ProductResponse(
    int Id, string Name, string? Title, string? Description, IReadOnlyList<ProductBuildResponse> Builds, IReadOnlyList<RepositoryResponse> Repositories,
    IReadOnlyList<PlatformResponse> Platforms, AlbsOwner Owner, ProductTeamResponse Team, bool IsCommunity);

public sealed record ProductBuildResponse(int Id);

/// <summary>Albs 16.5.</summary>
public sealed record ProductTeamResponse(
    int Id, string Name, IReadOnlyList<AlbsOwner> Members, AlbsOwner Owner, IReadOnlyList<TeamProductResponse> Products, IReadOnlyList<AlbsNamed> Roles);

public sealed record TeamProductResponse(int Id, string Name, string? Title);

/// <summary>One page of products (albs 1.5).</summary>
public sealed record ProductPageResponse(IReadOnlyList<ProductResponse> Products, long TotalProducts, int CurrentPage);
