using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class BuildNodeEndpoints
{
    public static IEndpointRouteBuilder MapBuildNodes(this IEndpointRouteBuilder albs)
    {
        var nodes = albs.MapGroup("/build_node").WithTags("Build nodes").RequireAuthorization(Policies.Node);
        nodes.MapMethods("/get_task", ["POST", "GET"], GetTask).WithMetadata(new BodyName("request")); // very old nodes send the body with GET
        nodes.MapPost("/ping", Ping).WithMetadata(new BodyName("node_status"));
        nodes.MapPost("/build_done", BuildDone).WithMetadata(new BodyName("build_done"));
        return albs;
    }

    /// <param name="body">What the node can do.</param>
    /// <param name="wait">Seconds an idle node lets us wait for a task.</param>
    /// <param name="principal">The node.</param>
    /// <param name="claims">Hands out.</param>
    /// <param name="request">For the address the node reaches us at.</param>
    /// <param name="ct">Cancels.</param>
    private static async Task<Results<Ok<NodeTaskResponse>, ContentHttpResult>> GetTask(
        Body<GetTaskRequest> body, double? wait, CurrentPrincipal principal, NodeTasks claims, HttpRequest request, CancellationToken ct)
    {
        if (wait is not (null or (>= 0 and <= 86_400)))
            throw InvalidRequestException.Of("query", "wait", "is not a number of seconds");

        return await claims.ClaimAsync(body.Value, principal, TimeSpan.FromSeconds(wait ?? 0), request, ct) is { } task ? TypedResults.Ok(task) : AlbsJson.Null;
    }

    private static async Task<Ok<PingResponse>> Ping(
        Body<PingRequest> body, CurrentPrincipal principal, IDocumentSession session, TimeProvider time, CancellationToken ct)
    {
        var tasks = body.Value.ActiveTasks;
        await session.RenewLeasesAsync(principal.Key, tasks, time.GetUtcNow(), ct);
        var lost = tasks is [] ? [] : await session.TasksLostByAsync(principal.Key, tasks, ct);
        return TypedResults.Ok(new PingResponse(lost is [] ? null : lost));
    }

    private static async Task<Ok<BuildDoneResponse>> BuildDone(
        Body<BuildDoneRequest> body, [FromHeader(Name = "X-Attempt")] int? attempt, CurrentPrincipal principal, IQuerySession session, IMessageBus bus,
        IOptions<PackagesOptions> options, TimeProvider time, CancellationToken ct)
    {
        var report = body.Value;
        var ids = report.Artifacts is [] ? [] : await session.NextArtifactIdsAsync(report.Artifacts.Count, ct);
        var command = BuildDoneMapping.ToCommand(report, principal.Key, attempt, ids);
        var result = await bus.InvokeAsync<CommandResult>(command, ct);

        // The report is recorded; that it was also looked at, and what follows for others of the package, is a courtesy, so that the node reads a final state right after.
        var deadline = new Deadline(time, options.Value.Nodes.ReportWait);
        var task = result.Events.OfType<BuildTaskReported>().Any()
            ? await bus.WaitForAsync<BuildTask>(command.BuildTaskId.StreamKey, t => t.Status is not BuildTaskStatus.Reported, deadline.Left, ct)
            : result.StateOf<BuildTask>();
        await (task is { SourceFrom: not null }
            ? UntilSiblingsAreToldAsync(task, command.Outcome, session, bus, deadline, ct)
            : UntilFollowersAreToldAsync(command.BuildTaskId, task, session, bus, deadline, ct));

        return TypedResults.Ok(new BuildDoneResponse(Ok: true));
    }

    private static async Task UntilFollowersAreToldAsync(
        BuildTaskId id, BuildTask? task, IQuerySession session, IMessageBus bus, Deadline deadline, CancellationToken ct)
    {
        foreach (var follower in task is { IsFollowed: false } ? [] : await session.FollowersOfAsync(id, ct))
            await bus.WaitForAsync<BuildTask>(follower.StreamKey, t => t.WasHandedSource || t.Status is not BuildTaskStatus.Idle, deadline.Left, ct);
    }

    /// <summary>Where the first of the package was excluded, the next one tells the others, if it has a source package or failed without one.</summary>
    private static async Task UntilSiblingsAreToldAsync(
        BuildTask task, BuildTaskOutcome reported, IQuerySession session, IMessageBus bus, Deadline deadline, CancellationToken ct)
    {
        var tells = task.HandedPackage is null && (task.Source.Package is not null || reported is BuildTaskOutcome.Failed);
        foreach (var sibling in tells ? await session.WaitingSiblingsOfAsync(task.BuildTaskId, ct) : [])
            await bus.WaitForAsync<BuildTask>(sibling.StreamKey, t => t.HandedPackage is not null || t.Status is not BuildTaskStatus.Idle, deadline.Left, ct);
    }
}
