using System.Net;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Accounts;

/// <summary>Passwords are guessable, unlike keys: once there were too many failures for the address or login name, none is looked at for a while.</summary>
public sealed class Logins(Passwords passwords, FailedCredentials failures)
{
    /// <summary>The user's number.</summary>
    public async Task<int> CheckAsync(LoginRequest login, IPAddress? address, CancellationToken ct)
    {
        var principal = "login " + login.Login.ToUpperInvariant();
        if (failures.Begin(address, principal) is { } wait)
            throw Throttled(wait);

        try
        {
            if (await passwords.VerifyAsync(login.Login, login.Password, ct) is { } userId)
                return userId;

            throw failures.Record(address, principal) is { } longer
                ? Throttled(longer)
                : new RequestRefusedException(StatusCodes.Status401Unauthorized, "login.failed", "Login name or password is wrong.");
        }
        finally
        {
            failures.End(address, principal);
        }
    }

    private static RequestRefusedException Throttled(TimeSpan wait) =>
        new(StatusCodes.Status429TooManyRequests, "credentials.throttled", "Too many failed credentials; wait.") { RetryAfter = wait };
}
