using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Accounts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>Who may do what: the one place. A policy wants one of its roles and, from a credential with scopes, one of its scopes.</summary>
public static class Policies
{
    public const string Administrator = "administrator";
    public const string Builder = "builder";
    public const string Auditor = "auditor";
    public const string Node = "node";

    /// <summary>Asks for builds to be signed.</summary>
    public const string Signer = "signer";

    /// <summary>Takes sign tasks and reports on them.</summary>
    public const string SignNode = "sign-node";

    /// <summary>Registers keys: an administrator, or the sign node that holds them.</summary>
    public const string SignKeys = "sign-keys";

    /// <summary>Brings files into the artifact store: nodes of any kind.</summary>
    public const string Uploader = "uploader";

    /// <summary>Any valid credential.</summary>
    public const string Authenticated = "authenticated";

    /// <summary>Readable by all, unless <see cref="AccessOptions.OpenReading"/> is off.</summary>
    public const string OpenReading = "open-reading";

    private static readonly (string Policy, string[] Roles, string[] Scopes)[] Table =
    [
        (Administrator, [Roles.Administrator], [Scopes.Administration]),
        (Builder, [Roles.Administrator, Roles.Builder], [Scopes.Build]),
        (Auditor, [Roles.Administrator, Roles.Auditor], [Scopes.Audit]),
        (Node, [Roles.Administrator, Roles.Node], [Scopes.Node]),
        (Signer, [Roles.Administrator, Roles.Signer], [Scopes.Sign]),
        (SignNode, [Roles.Administrator, Roles.Node], [Scopes.Sign]),
        (SignKeys, [Roles.Administrator, Roles.Node], [Scopes.Administration, Scopes.Sign]),
        (Uploader, [Roles.Administrator, Roles.Node], [Scopes.Node, Scopes.Sign]),
    ];

    public static IServiceCollection AddPolicies(this IServiceCollection services)
    {
        var authorization = services.AddAuthorizationBuilder();
        foreach (var (policy, roles, scopes) in Table)
            authorization.AddPolicy(policy, p => p.RequireAuthenticatedUser().RequireAssertion(c => c.User.Identity is PrincipalIdentity i && Allows(i.Principal, roles, scopes)));

        authorization.AddPolicy(Authenticated, p => p.RequireAuthenticatedUser());
        authorization.AddPolicy(OpenReading, p => p.AddRequirements(new OpenReadingRequirement()));
        return services.AddSingleton<IAuthorizationHandler, OpenReadingHandler>();
    }

    /// <summary>The same decision for a handler that answers differently by right.</summary>
    public static bool May(this CurrentPrincipal principal, string policy) =>
        Table.Single(row => row.Policy == policy) is var (_, roles, scopes) && Allows(principal, roles, scopes);

    /// <summary>
    /// May give a principal other credentials or take them away: the principal itself, but not by a key with scopes, which would leave them behind; else an administrator.
    /// </summary>
    public static bool MayManage(this CurrentPrincipal asking, string principal) =>
        asking.Key == principal && asking.Scopes.Count == 0 || asking.May(Administrator);

    private static bool Allows(CurrentPrincipal principal, string[] roles, string[] scopes) =>
        principal.Roles.Any(roles.Contains) && (principal.Scopes.Count == 0 || principal.Scopes.Any(scopes.Contains));

    private sealed record OpenReadingRequirement : IAuthorizationRequirement;

    private sealed class OpenReadingHandler(IOptions<AccessOptions> options) : AuthorizationHandler<OpenReadingRequirement>
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, OpenReadingRequirement requirement)
        {
            if (context.User.Identity is PrincipalIdentity || (options.Value.OpenReading && !(context.Resource is HttpContext request && IsToldSo(request))))
                context.Succeed(requirement);

            return Task.CompletedTask;
        }

        /// <summary>A browser sends an old cookie by itself; who sends a header means it.</summary>
        private static bool IsToldSo(HttpContext context) =>
            context.Request.Headers.Authorization.Count > 0 && context.GetEndpoint()?.Metadata.GetMetadata<Dialect>()?.RefusesFailedCredentials is true;
    }
}
