using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class SignKeyEndpoints
{
    public static IEndpointRouteBuilder MapSignKeys(this IEndpointRouteBuilder albs)
    {
        var keys = albs.MapGroup("/sign-keys").WithTags("Sign keys");
        keys.MapGet("/", List).RequireAuthorization(Policies.Authenticated);
        keys.MapPost("/new/", Register).RequireAuthorization(Policies.SignKeys);
        keys.MapPut("/{id}/", Change).RequireAuthorization(Policies.Administrator);
        return albs;
    }

    /// <summary>The active keys that who asks may use (albs 12.1).</summary>
    private static async Task<Ok<IReadOnlyList<SignKeyResponse>>> List(
        CurrentPrincipal principal, IQuerySession session, ContentUrls urls, HttpRequest http, CancellationToken ct)
    {
        var mayUse = principal.May(Policies.Signer) || principal.May(Policies.SignKeys);
        var keys = mayUse ? (await session.SignKeysAsync(ct)).Where(k => k.ArchivedAt is null) : [];
        return TypedResults.Ok<IReadOnlyList<SignKeyResponse>>([.. keys.Select(k => SignMapping.ToResponse(k, url => urls.Absolute(url, http)))]);
    }

    private static async Task<Created<SignKeyResponse>> Register(
        Body<NewSignKeyRequest> body, IQuerySession session, IMessageBus bus, ContentUrls urls, HttpRequest http, CancellationToken ct)
    {
        var platforms = await KnownPlatformsAsync(body.Value, session, ct);
        var result = await bus.InvokeAsync<CommandResult>(new RegisterSignKey(await session.NextIdAsync<SignKeyId>(ct), SignMapping.ToSettings(body.Value, platforms)), ct);
        return TypedResults.Created((string?)null, await AnswerAsync(result.Events.OfType<SignKeyRegistered>().Single().SignKeyId, session, urls, http, ct));
    }

    private static async Task<Ok<SignKeyResponse>> Change(
        int id, Body<ChangedSignKeyRequest> body, IQuerySession session, IMessageBus bus, ContentUrls urls, HttpRequest http, CancellationToken ct)
    {
        var platforms = await KnownPlatformsAsync(body.Value, session, ct);
        await bus.InvokeAsync(new ChangeSignKey(new(id), SignMapping.ToSettings(body.Value, platforms)), ct);
        return TypedResults.Ok(await AnswerAsync(new(id), session, urls, http, ct));
    }

    private static async Task<SignKeyResponse> AnswerAsync(SignKeyId id, IQuerySession session, ContentUrls urls, HttpRequest http, CancellationToken ct) =>
        SignMapping.ToResponse(
            await session.LoadAsync<SignKeyDetails>(id.StreamKey, ct) ?? throw RequestRefusedException.NotFound($"Sign key {id.Value}"),
            url => urls.Absolute(url, http));

    /// <summary>Unknown ones are left out, unless there is no other.</summary>
    private static async Task<IReadOnlyList<PlatformId>?> KnownPlatformsAsync(SignKeyRequest request, IQuerySession session, CancellationToken ct)
    {
        if (request.PlatformIds is not { Count: > 0 } wanted)
            return request.PlatformIds is null ? null : [];

        var known = await session.LoadManyAsync<PlatformDetails>(ct, [.. wanted.Distinct().Select(p => new PlatformId(p).StreamKey)]);
        return known is []
            ? throw new RequestRefusedException(StatusCodes.Status400BadRequest, "sign_key.platforms_unknown", "None of the platforms exists.")
            : [.. known.Select(p => new PlatformId(p.Number))];
    }
}
