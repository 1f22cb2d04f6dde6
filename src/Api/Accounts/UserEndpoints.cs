using EventSourced.Api.Hosting;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Accounts;

public static class UserEndpoints
{
    public static IEndpointRouteBuilder MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users.MapGet("/", List).RequireAuthorization(Policies.Administrator);
        users.MapPost("/", Create).RequireAuthorization(Policies.Administrator);
        users.MapGet("/{id:int}", Get).RequireAuthorization(Policies.Authenticated);
        users.MapDelete("/{id:int}", Erase).RequireAuthorization(Policies.Administrator).AcceptsIfMatch();
        users.MapPut("/{id:int}/password", SetPassword).RequireAuthorization(Policies.Authenticated).AcceptsIfMatch();
        users.MapPut("/{id:int}/roles/{role}", GrantRole).RequireAuthorization(Policies.Administrator).AcceptsIfMatch();
        users.MapDelete("/{id:int}/roles/{role}", RevokeRole).RequireAuthorization(Policies.Administrator).AcceptsIfMatch();
        users.MapPost("/{id:int}/deactivate", Deactivate).RequireAuthorization(Policies.Administrator).AcceptsIfMatch();
        users.MapPost("/{id:int}/reactivate", Reactivate).RequireAuthorization(Policies.Administrator).AcceptsIfMatch();
        return routes;
    }

    private static async Task<Ok<UserListResponse>> List(UserDirectory users, CancellationToken ct, int after = 0, int limit = Paging.Default)
    {
        var found = await users.ListAsync(after, Paging.Checked(limit), ct);
        return TypedResults.Ok(new UserListResponse([.. found.Select(u => u.ToResponse())], found.Count == limit ? found[^1].Id : null));
    }

    private static async Task<Created<UserResponse>> Create(Body<CreateUserRequest> body, UserRegistration registration, UserDirectory users, CancellationToken ct)
    {
        var id = await registration.RegisterAsync(body.Value, ct);
        return TypedResults.Created($"/api/users/{id.Value}", (await Known(users, id.Value, ct)).ToResponse());
    }

    private static async Task<Ok<UserResponse>> Get(int id, CurrentPrincipal principal, UserDirectory users, HttpResponse response, CancellationToken ct)
    {
        RequireSelfOrAdministrator(principal, id);
        var user = await Known(users, id, ct);
        response.SetETag(user.Version);
        return TypedResults.Ok(user.ToResponse());
    }

    private static async Task<NoContent> SetPassword(int id, Body<SetPasswordRequest> body, CurrentPrincipal principal, PasswordChange passwords, CancellationToken ct)
    {
        if (!principal.MayManage(new UserId(id).StreamKey))
            throw RequestRefusedException.Forbidden("Only the user itself, with a credential without scopes, or an administrator may do that.");

        await passwords.SetAsync(new UserId(id), body.Value.Password, ct);
        return TypedResults.NoContent();
    }

    private static Task<NoContent> GrantRole(int id, string role, AccountCommands commands, CancellationToken ct) =>
        commands.InvokeAsync(new GrantUserRole(new UserId(id), role), ct);

    private static Task<NoContent> RevokeRole(int id, string role, AccountCommands commands, CancellationToken ct) =>
        commands.InvokeAsync(new RevokeUserRole(new UserId(id), role), ct);

    private static Task<NoContent> Deactivate(int id, AccountCommands commands, CancellationToken ct) =>
        commands.InvokeAsync(new DeactivateUser(new UserId(id)), ct);

    private static Task<NoContent> Reactivate(int id, AccountCommands commands, CancellationToken ct) =>
        commands.InvokeAsync(new ReactivateUser(new UserId(id)), ct);

    private static Task<NoContent> Erase(int id, AccountCommands commands, CancellationToken ct) => commands.InvokeAsync(new EraseUser(new UserId(id)), ct);

    private static async Task<KnownUser> Known(UserDirectory users, int id, CancellationToken ct) =>
        await users.FindAsync(id, ct) ?? throw RequestRefusedException.NotFound($"User {id}");

    private static void RequireSelfOrAdministrator(CurrentPrincipal principal, int id)
    {
        if (principal.UserId != id && !principal.May(Policies.Administrator))
            throw RequestRefusedException.Forbidden("Only the user itself or an administrator may do that.");
    }
}
