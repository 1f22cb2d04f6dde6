using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.ApiKeys;
using EventSourced.ServiceDefaults.Secrets;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Accounts;

/// <param name="Label">What it is for.</param>
/// <param name="Scopes">What it may do at most; none is everything its principal may, within the scopes of the key that asks.</param>
/// <param name="Days">Days until it expires; null is never. In any case not later than the credential that asks.</param>
/// <param name="Principal">Whose key; only an administrator names another than itself.</param>
public sealed record CreateKeyRequest(string Label, IReadOnlyList<string>? Scopes = null, int? Days = null, string? Principal = null);

internal sealed class CreateKeyRequestValidator : AbstractValidator<CreateKeyRequest>
{
    public CreateKeyRequestValidator()
    {
        RuleFor(r => r.Label).NotEmpty().MaximumLength(200);
        RuleFor(r => r.Days).InclusiveBetween(1, 3660);
        RuleForEach(r => r.Scopes).NotNull();
        RuleFor(r => r.Scopes).Must(scopes => scopes!.Count <= 20).WithMessage("has more than 20 elements").When(r => r.Scopes is not null);
    }
}

/// <param name="Id">Names the key.</param>
/// <param name="Key">The secret itself, shown only here.</param>
public sealed record CreatedKeyResponse(Guid Id, string Principal, string Key, DateTimeOffset? ExpiresAt);

public static class KeyEndpoints
{
    public static IEndpointRouteBuilder MapKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/keys").WithTags("API keys").RequireAuthorization(Policies.Authenticated);
        keys.MapGet("/", List);
        keys.MapPost("/", Create);
        keys.MapGet("/{id:guid}", Get);
        keys.MapDelete("/{id:guid}", Revoke).AcceptsIfMatch();
        return routes;
    }

    private static async Task<Ok<IReadOnlyList<KeyResponse>>> List(KeyDirectory keys, CurrentPrincipal asking, CancellationToken ct, string? principal = null)
    {
        RequireRightOver(asking, principal ?? asking.Key);
        return TypedResults.Ok(await keys.ListAsync(principal ?? asking.Key, ct));
    }

    private static async Task<Ok<KeyResponse>> Get(Guid id, KeyDirectory keys, CurrentPrincipal asking, HttpResponse response, CancellationToken ct)
    {
        var (key, version) = await keys.FindAsync(id, ct) ?? throw Unknown(id);
        RequireRightOver(asking, key.Principal);
        response.SetETag(version);
        return TypedResults.Ok(key);
    }

    private static async Task<Created<CreatedKeyResponse>> Create(
        Body<CreateKeyRequest> body, CurrentPrincipal asking, KeyDirectory keys, IMessageBus bus, MessageContext message, HostSecrets secrets, TimeProvider time, CancellationToken ct)
    {
        var principal = body.Value.Principal ?? asking.Key;
        RequireRightOver(asking, principal);
        await keys.RequirePrincipalAsync(principal, ct);

        var material = KeyMaterial.For(message, secrets);
        var expires = Earlier(asking.ExpiresAt, body.Value.Days is { } days ? time.GetUtcNow().AddDays(days) : null);
        var result = await bus.InvokeAsync<CommandResult>(
            new IssueApiKey(material.ApiKeyId, principal, body.Value.Label, material.Digest, WithinScopes(asking, body.Value.Scopes), expires), ct);

        var issued = result.Events.OfType<ApiKeyIssued>().SingleOrDefault();
        return TypedResults.Created($"/api/keys/{material.ApiKeyId.Value}", new CreatedKeyResponse(material.ApiKeyId.Value, principal, material.Key, issued is null ? expires : issued.ExpiresAt));
    }

    private static async Task<NoContent> Revoke(Guid id, CurrentPrincipal asking, KeyDirectory keys, AccountCommands commands, CancellationToken ct)
    {
        RequireRightOver(asking, (await keys.FindAsync(id, ct) ?? throw Unknown(id)).Key.Principal);
        return await commands.InvokeAsync(new RevokeApiKey(new ApiKeyId(id)), ct);
    }

    private static void RequireRightOver(CurrentPrincipal asking, string principal)
    {
        if (!asking.MayManage(principal))
            throw RequestRefusedException.Forbidden("Only the principal itself, with a credential without scopes, or an administrator may do that.");
    }

    private static RequestRefusedException Unknown(Guid id) => RequestRefusedException.NotFound($"API key {id}");

    /// <summary>A credential never makes a key that outlives it.</summary>
    private static DateTimeOffset? Earlier(DateTimeOffset? own, DateTimeOffset? wanted) => own is null || wanted < own ? wanted : own;

    /// <summary>A key never makes one that may do more than itself.</summary>
    private static IReadOnlyList<string> WithinScopes(CurrentPrincipal asking, IReadOnlyList<string>? wanted)
    {
        var scopes = wanted ?? asking.Scopes;
        return asking.Scopes.Count == 0 || scopes.Count > 0 && scopes.All(asking.Scopes.Contains)
            ? scopes
            : throw RequestRefusedException.Forbidden("The key that asks has fewer scopes.");
    }
}
