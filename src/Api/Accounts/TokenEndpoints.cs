using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Accounts;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Accounts;

public sealed record LoginRequest(string Login, string Password);

internal sealed class LoginRequestValidator : AbstractValidator<LoginRequest>
{
    public LoginRequestValidator()
    {
        RuleFor(r => r.Login).NotEmpty().MaximumLength(64);
        RuleFor(r => r.Password).NotEmpty().MaximumLength(200);
    }
}

public sealed record TokenResponse(string Token, int UserId, DateTimeOffset ExpiresAt);

public sealed record MeResponse(string Key, IReadOnlyList<string> Roles, IReadOnlyList<string> Scopes);

public static class TokenEndpoints
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    public static IEndpointRouteBuilder MapTokens(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/tokens", Create).WithTags("Tokens");
        routes.MapGet("/me", (CurrentPrincipal me) => TypedResults.Ok(new MeResponse(me.Key, me.Roles, me.Scopes)))
            .WithTags("Tokens").RequireAuthorization(Policies.Authenticated);
        return routes;
    }

    private static async Task<Ok<TokenResponse>> Create(
        Body<LoginRequest> body, HttpContext context, Logins logins, UserTokens tokens, MessageContext message, CancellationToken ct)
    {
        var userId = await logins.CheckAsync(body.Value, context.Connection.RemoteIpAddress, ct);
        (message.UserName, message.Idempotency) = (new UserId(userId).StreamKey, null); // a repeat gets a token of its own: nobody kept the first
        return TypedResults.Ok(await tokens.IssueAsync(userId, "login", Lifetime, ct));
    }
}
