using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class SignTaskEndpoints
{
    public static IEndpointRouteBuilder MapSignTasks(this IEndpointRouteBuilder albs)
    {
        var tasks = albs.MapGroup("/sign-tasks").WithTags("Sign tasks");
        tasks.MapGet("/", List).RequireAuthorization(Policies.OpenReading);
        tasks.MapPost("/", Request).RequireAuthorization(Policies.Authenticated); // who may sign is decided behind what is unknown (albs 12.2)
        tasks.MapPost("/get_sign_task/", GetTask).RequireAuthorization(Policies.SignNode);
        tasks.MapPost("/{id}/complete/", Complete).RequireAuthorization(Policies.SignNode);
        return albs;
    }

    private static async Task<Ok<IReadOnlyList<SignTaskResponse>>> List(
        [FromQuery(Name = "build_id")] int? build, SignTasks tasks, HttpRequest http, CancellationToken ct) =>
        TypedResults.Ok(await tasks.ListAsync(build, http, ct));

    private static async Task<Ok<SignTaskResponse>> Request(
        Body<NewSignTaskRequest> body, CurrentPrincipal principal, IQuerySession session, IMessageBus bus, SignTasks tasks, HttpRequest http, CancellationToken ct)
    {
        var command = new RequestSignTask(
            await session.NextIdAsync<SignTaskId>(ct), new(body.Value.BuildId ?? 0), new(body.Value.SignKeyId ?? 0), principal.May(Policies.Signer));
        var id = (await bus.InvokeAsync<CommandResult>(command, ct)).Events.OfType<SignTaskRequested>().Single().SignTaskId;
        return TypedResults.Ok(await tasks.FindAsync(id, http, ct) ?? throw RequestRefusedException.NotFound($"Sign task {id.Value}"));
    }

    /// <param name="body">The keys the node has.</param>
    /// <param name="pings">Ours: the node says that it lives while it signs, and loses the task soon when it does not.</param>
    /// <param name="principal">The node.</param>
    /// <param name="tasks">Hands out.</param>
    /// <param name="http">For the address the node reaches us at.</param>
    /// <param name="ct">Cancels.</param>
    private static async Task<Results<Ok<NodeSignTaskResponse>, ContentHttpResult>> GetTask(
        Body<GetSignTaskRequest> body, bool? pings, CurrentPrincipal principal, SignTasks tasks, HttpRequest http, CancellationToken ct) =>
        await tasks.ClaimAsync(body.Value.KeyIds, principal.Key, pings ?? false, http, ct) is { } task ? TypedResults.Ok(task) : AlbsJson.Nothing;

    private static async Task<Ok<SuccessResponse>> Complete(
        int id, Body<SignTaskDoneRequest> body, [FromHeader(Name = "X-Attempt")] int? attempt, CurrentPrincipal principal, IMessageBus bus, SignTasks tasks,
        CancellationToken ct)
    {
        var result = await bus.InvokeAsync<CommandResult>(SignMapping.ToCommand(id, body.Value, principal.Key, attempt), ct);

        // The report is recorded; that its signatures were also verified is a courtesy, so that the node reads a final state right after.
        if (result.Events.OfType<SignTaskReported>().SingleOrDefault() is { } reported)
            await tasks.WaitAsync(reported, ct);

        return TypedResults.Ok(new SuccessResponse(Success: true));
    }
}
