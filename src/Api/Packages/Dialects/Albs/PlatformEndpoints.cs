using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Projections;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class PlatformEndpoints
{
    /// <summary>Of a change whose new repositories others make at the same time.</summary>
    private const int Tries = 5;

    public static IEndpointRouteBuilder MapPlatforms(this IEndpointRouteBuilder albs)
    {
        var platforms = albs.MapGroup("/platforms").WithTags("Platforms");
        platforms.MapPost("/", Create).RequireAuthorization(Policies.Builder);
        platforms.MapPut("/", Change).RequireAuthorization(Policies.Builder);
        platforms.MapGet("/", List).RequireAuthorization(Policies.OpenReading);
        platforms.MapPatch("/{id}/add-repositories", AddRepositories).RequireAuthorization(Policies.Builder).WithMetadata(new BodyName("repositories_ids"));
        platforms.MapPatch("/{id}/remove-repositories", RemoveRepositories).RequireAuthorization(Policies.Builder).WithMetadata(new BodyName("repositories_ids"));
        return albs;
    }

    private static async Task<Ok<PlatformResponse>> Create(
        Body<NewPlatformRequest> body, CurrentPrincipal principal, IQuerySession session, IMessageBus bus, ContentUrls urls, HttpRequest http, CancellationToken ct)
    {
        var request = body.Value;
        var wanted = PlatformRepositories.In(request, url => urls.PathOf(url, http));
        await session.RefuseSharedAsync([.. wanted.Select(r => (r, (RepositoryDetails?)null))], url => urls.PathOf(url, http), ct);
        var repositories = await PlatformRepositories.NewAsync(wanted, principal, session, ct);
        var command = new CreatePlatform(
            await session.NextIdAsync<PlatformId>(ct), request.Name, PlatformMapping.TypeOf(request) ?? PlatformType.Rpm, PlatformMapping.ToSettings(request), repositories);
        try
        {
            var result = await bus.InvokeAsync<CommandResult>(command, ct);
            return await AnswerAsync(result.Events.OfType<PlatformCreated>().Single().PlatformId, session, ct);
        }
        catch (ExistingStreamIdCollisionException)
        {
            throw new RequestRefusedException(StatusCodes.Status409Conflict, "platform.name_taken", $"Platform {request.Name}, or one of its repositories, exists.");
        }
    }

    private static async Task<Ok<PlatformResponse>> Change(
        Body<ChangedPlatformRequest> body, CurrentPrincipal principal, IQuerySession session, IMessageBus bus, ContentUrls urls, HttpRequest http, CancellationToken ct)
    {
        for (var tries = Tries; ; tries--)
        {
            var command = await ToCommandAsync(body.Value, url => urls.PathOf(url, http), principal, session, ct);
            try
            {
                await bus.InvokeAsync(command, ct);
                return await AnswerAsync(command.PlatformId, session, ct);
            }
            catch (ExistingStreamIdCollisionException) when (tries > 1)
            {
                // Somebody made one of the repositories meanwhile: it is found now.
            }
        }
    }

    private static async Task<UpdatePlatform> ToCommandAsync(
        ChangedPlatformRequest request, Func<string, string> pathOf, CurrentPrincipal principal, IQuerySession session, CancellationToken ct)
    {
        if (await session.PlatformsNamedAsync([request.Name], ct) is not [var platform])
            throw RequestRefusedException.NotFound($"Platform {request.Name}");

        var command = new UpdatePlatform(new(platform.Number), PlatformMapping.TypeOf(request), PlatformMapping.ToSettings(request), Repositories: null);
        return request.Repos is { Count: > 0 } ? await command.WithRepositoriesAsync(platform, request, pathOf, principal, session, ct) : command;
    }

    private static async Task<Ok<IReadOnlyList<PlatformListResponse>>> List(IQuerySession session, CancellationToken ct) =>
        TypedResults.Ok<IReadOnlyList<PlatformListResponse>>(
            [.. (await session.PlatformsAsync(ct)).Where(p => p.Settings.IsReference is not true).Select(PlatformMapping.ToListResponse)]);

    private static async Task<Ok<PlatformResponse>> AddRepositories(
        int id, Body<IReadOnlyList<int>> body, IQuerySession session, IMessageBus bus, CancellationToken ct)
    {
        var known = await session.LoadManyAsync<RepositoryDetails>(ct, [.. body.Value.Distinct().Select(r => new RepositoryId(r).StreamKey)]);
        var byId = known.ToDictionary(r => r.Number);
        await bus.InvokeAsync(new LinkPlatformRepositories(new(id), [.. body.Value.Distinct().Where(byId.ContainsKey).Select(RepositoryId.Of)]), ct);
        return await AnswerAsync(new(id), session, ct);
    }

    private static async Task<Ok<PlatformResponse>> RemoveRepositories(
        int id, Body<IReadOnlyList<int>> body, IQuerySession session, IMessageBus bus, CancellationToken ct)
    {
        await bus.InvokeAsync(new UnlinkPlatformRepositories(new(id), [.. body.Value.Distinct().Select(RepositoryId.Of)]), ct);
        return await AnswerAsync(new(id), session, ct);
    }

    private static async Task<Ok<PlatformResponse>> AnswerAsync(PlatformId id, IQuerySession session, CancellationToken ct) =>
        TypedResults.Ok(PlatformMapping.ToResponse(
            await session.LoadAsync<PlatformDetails>(id.StreamKey, ct) ?? throw RequestRefusedException.NotFound($"Platform {id.Value}")));
}
