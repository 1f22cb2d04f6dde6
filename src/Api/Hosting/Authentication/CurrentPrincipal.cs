using System.Globalization;
using System.Security.Claims;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>Who asks, whatever the dialect. Taken as a parameter by handlers behind a policy; nullable where anonymous requests are allowed.</summary>
/// <param name="Key">Principal key: <c>user-7</c>, <c>node-3</c>. Also the <c>user_name</c> of what it causes.</param>
/// <param name="Roles">What the principal is.</param>
/// <param name="Scopes">What the credential used may do; empty means all that the roles allow.</param>
/// <param name="ExpiresAt">When the credential used ends; null is never.</param>
public sealed record CurrentPrincipal(string Key, IReadOnlyList<string> Roles, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt)
{
    /// <summary>The number of a user; null for nodes.</summary>
    public int? UserId => Key.StartsWith("user-", StringComparison.Ordinal) ? int.Parse(Key.AsSpan(5), CultureInfo.InvariantCulture) : null;

    /// <summary>A node registered at <c>/api/nodes</c>, which pings every few seconds.</summary>
    public bool IsRegisteredNode => Key.StartsWith("node-", StringComparison.Ordinal);

    /// <summary>Bound by minimal APIs from the authenticated request.</summary>
    public static ValueTask<CurrentPrincipal?> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));

    public static CurrentPrincipal? Of(HttpContext context) => (context.User.Identity as PrincipalIdentity)?.Principal;
}

/// <summary>The principal as ASP.NET Core carries it.</summary>
internal sealed class PrincipalIdentity(CurrentPrincipal principal, string scheme)
    : ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, principal.Key)], scheme)
{
    public CurrentPrincipal Principal { get; } = principal;
}
