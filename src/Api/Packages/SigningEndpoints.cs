using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages;

public static class SigningEndpoints
{
    public static IEndpointRouteBuilder MapSigning(this IEndpointRouteBuilder api)
    {
        api.MapPost("/sign-keys/{id:int}/archive", Archive).WithTags("Signing").RequireAuthorization(Policies.Administrator).AcceptsIfMatch();
        api.MapPost("/sign-tasks/{id:int}/ping", Ping).WithTags("Signing").RequireAuthorization(Policies.SignNode);
        api.MapPost("/sign-tasks/{id:int}/hand-back", HandBack).WithTags("Signing").RequireAuthorization(Policies.SignNode).AcceptsIfMatch();
        return api;
    }

    /// <summary>Nothing new is signed with the key. A second time nothing happens.</summary>
    private static async Task<NoContent> Archive(int id, IMessageBus bus, CancellationToken ct)
    {
        await bus.InvokeAsync(new ArchiveSignKey(new(id)), ct);
        return TypedResults.NoContent();
    }

    /// <summary>A sign node lives and works on the task; 409 when the task is not its own any more.</summary>
    private static async Task<NoContent> Ping(
        int id, CurrentPrincipal principal, IQuerySession session, IOptions<PackagesOptions> options, TimeProvider time, CancellationToken ct) =>
        await session.RenewSignLeaseAsync(new(id), principal.Key, time.GetUtcNow() + options.Value.Signing.PingingSilence, ct)
            ? TypedResults.NoContent()
            : throw new RequestRefusedException(StatusCodes.Status409Conflict, "sign_task.not_held", $"{principal.Key} does not hold sign task {id}.");

    /// <summary>A node that stops returns its task to the queue. A second time, or when the task is somebody else's by now, nothing happens.</summary>
    private static async Task<NoContent> HandBack(
        int id, [FromHeader(Name = "X-Attempt")] int? attempt, CurrentPrincipal principal, IMessageBus bus, CancellationToken ct)
    {
        await bus.InvokeAsync(new HandBackSignTask(new(id), principal.Key, attempt), ct);
        return TypedResults.NoContent();
    }
}
