using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages;

public static class RepositoryEndpoints
{
    public static IEndpointRouteBuilder MapOwnRepositories(this IEndpointRouteBuilder api)
    {
        var repositories = api.MapGroup("/repositories").WithTags("Repositories");
        repositories.MapGet("/{id:int}", Get).RequireAuthorization(Policies.OpenReading);
        repositories.MapGet("/{id:int}/versions", Versions).RequireAuthorization(Policies.OpenReading);
        repositories.MapPost("/{id:int}/rollback", RollBack).RequireAuthorization(Policies.Builder).AcceptsIfMatch();
        return api;
    }

    private static async Task<Ok<RepositoryResponse>> Get(int id, IQuerySession session, HttpResponse response, CancellationToken ct)
    {
        await response.SetETagOfAsync(new RepositoryId(id).StreamKey, session, ct);
        return TypedResults.Ok(await ReadAsync(id, session, ct));
    }

    /// <summary>What clients have seen, the last first.</summary>
    private static async Task<Ok<RepositoryVersionsResponse>> Versions(
        int id, IQuerySession session, CancellationToken ct, int before = int.MaxValue, int limit = Paging.Default)
    {
        var items = await session.VersionsAsync(id, before, Paging.Checked(limit), ct);
        _ = items is [] ? await ReadAsync(id, session, ct) : null;
        return TypedResults.Ok(new RepositoryVersionsResponse(items, items.Count == limit ? items[^1].Version : null));
    }

    /// <summary>The packages of an earlier version become a new one. It is recorded when this is answered, and published soon after.</summary>
    private static async Task<Accepted<RepositoryResponse>> RollBack(
        int id, Body<RollbackRequest> body, IMessageBus bus, IQuerySession session, HttpResponse response, CancellationToken ct)
    {
        await bus.InvokeAsync(new RollBackRepository(new(id), body.Value.Version), ct);
        await response.SetETagOfAsync(new RepositoryId(id).StreamKey, session, ct);
        return TypedResults.Accepted($"/api/repositories/{id}", await ReadAsync(id, session, ct));
    }

    private static async Task<RepositoryResponse> ReadAsync(int id, IQuerySession session, CancellationToken ct) =>
        await session.LoadAsync<RepositoryDetails>(new RepositoryId(id).StreamKey, ct) is { } r
            ? new(r.Number, r.Name, r.Arch, r.Type, r.Debug, r.Settings.Url ?? "", r.Revision, r.Published, r.SignedBy, r.Failure)
            : throw RequestRefusedException.NotFound($"Repository {id}");
}

/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Arch">What it holds packages for.</param>
/// <param name="Type">Of its packages.</param>
/// <param name="Debug">Whether it holds debug packages.</param>
/// <param name="Url">Absolute, or below the address content is served at.</param>
/// <param name="Revision">Of the content it shall have.</param>
/// <param name="Published">The revision clients see; 0 is none.</param>
/// <param name="SignedBy">Fingerprint of the key its index is signed with.</param>
/// <param name="Failure">Why the last revision was not published; null when it was, or still may be.</param>
public sealed record RepositoryResponse(
    int Id, string Name, string Arch, string Type, bool Debug, string Url, int Revision, int Published, string? SignedBy,
    FailedPublication? Failure);

/// <param name="Items">The last first.</param>
/// <param name="Next">Send it as <c>before</c> for what follows; null at the end.</param>
public sealed record RepositoryVersionsResponse(IReadOnlyList<RepositoryVersion> Items, int? Next);

/// <param name="Version">One that clients have seen.</param>
public sealed record RollbackRequest(int Version = 0);

public sealed class RollbackRequestValidator : AbstractValidator<RollbackRequest>
{
    public RollbackRequestValidator() => RuleFor(r => r.Version).GreaterThan(0);
}
