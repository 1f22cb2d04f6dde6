using System.Buffers.Text;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Accounts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>
/// <c>Simple KEY</c>, <c>Bearer JWT</c>, <c>Bearer KEY</c> and <c>Basic anything:KEY</c> (for programs that know only user and password): whatever is sent,
/// one <see cref="CurrentPrincipal"/> comes out. Without it a dialect's cookie with a JWT.
/// </summary>
internal sealed class CredentialHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder,
    PrincipalDirectory principals, JsonWebTokens tokens, FailedCredentials failures) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string Scheme_ = "credentials";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        var cookie = header.Count == 0 ? TokenCookies.Of(Context) : null;
        if (header.Count == 0 && cookie is null)
            return AuthenticateResult.NoResult();

        if (cookie is not null && !TokenCookies.MayWrite(Request))
        {
            Context.Features.Set(new Failure(StatusCodes.Status403Forbidden, "forbidden", "The token of a cookie counts only for what our own pages send."));
            return AuthenticateResult.Fail("The request comes from another site.");
        }

        var credential = cookie is not null ? TokenIn(cookie) : header.Count == 1 ? Read(header.ToString()) : null;
        var check = credential is null ? (Principal: null, Claimed: null) : await CheckAsync(credential);
        if (check.Principal is { } principal)
            return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new PrincipalIdentity(principal, Scheme.Name)), Scheme.Name));

        if (failures.Record(Context.Connection.RemoteIpAddress, check.Claimed) is { } wait)
            Context.Features.Set(new Failure(StatusCodes.Status429TooManyRequests, "credentials.throttled", "Too many failed credentials; wait.") { RetryAfter = wait });
        else
            Context.Features.Set(FailureMapping.FromStatus(StatusCodes.Status401Unauthorized));

        return AuthenticateResult.Fail("The credential is unknown, malformed, expired or revoked.");
    }

    /// <summary>No credential where one is needed, or one that failed.</summary>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var failure = Context.Features.Get<Failure>() ?? new(StatusCodes.Status401Unauthorized, "not_authenticated", "Not authenticated");
        Context.Features.Set(failure);
        Response.StatusCode = failure.Status;
        if (failure.Status is StatusCodes.Status401Unauthorized)
            Response.Headers.WWWAuthenticate = "Bearer";

        return Task.CompletedTask;
    }

    private async Task<(CurrentPrincipal? Principal, string? Claimed)> CheckAsync(string credential)
    {
        if (!IsToken(credential))
            return (await principals.FindByKeyAsync(credential, Context.RequestAborted), null);

        var check = tokens.Check(credential);
        var claimed = check.UserId is { } id ? new UserId(id).StreamKey : null;
        var principal = check switch
        {
            { IsValid: false } => null,
            { IsRecorded: true } => await principals.FindByKeyAsync(credential, Context.RequestAborted),
            _ => await principals.FindAsync(claimed!, Context.RequestAborted),
        };
        return (principal is null ? null : principal with { ExpiresAt = check.ExpiresAt }, claimed);
    }

    private static bool IsToken(string credential) => credential.AsSpan().Count('.') == 2;

    /// <summary>Null for anything else: a key has no place in a cookie.</summary>
    private static string? TokenIn(string cookie) => IsToken(cookie) ? cookie : null;

    /// <summary>The key or token in the header; null when the header has no form we know.</summary>
    private static string? Read(string header)
    {
        var space = header.IndexOf(' ', StringComparison.Ordinal);
        var value = space < 0 ? "" : header[(space + 1)..].Trim();
        return value.Length == 0 ? null : header[..space].ToUpperInvariant() switch
        {
            "SIMPLE" or "BEARER" => value,
            "BASIC" => Password(value),
            _ => null,
        };
    }

    private static string? Password(string basic)
    {
        if (!Base64.IsValid(basic))
            return null;

        var pair = Encoding.UTF8.GetString(Convert.FromBase64String(basic));
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}
