using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages;

public static class BuildTaskEndpoints
{
    public static IEndpointRouteBuilder MapBuildTasks(this IEndpointRouteBuilder api)
    {
        var tasks = api.MapGroup("/build-tasks").WithTags("Build tasks");
        tasks.MapGet("/{id:int}", Get).RequireAuthorization(Policies.OpenReading);
        tasks.MapPost("/{id:int}/hand-back", HandBack).RequireAuthorization(Policies.Node).AcceptsIfMatch();
        tasks.MapBuildLogs();
        return api;
    }

    private static async Task<Ok<BuildTaskResponse>> Get(
        int id, IQuerySession session, IOptions<PackagesOptions> options, HttpResponse response, CancellationToken ct)
    {
        var key = new BuildTaskId(id);
        await response.SetETagOfAsync(key.StreamKey, session, ct);
        var task = await session.LoadAsync<BuildTaskDetails>(key.StreamKey, ct) ?? throw RequestRefusedException.NotFound($"Build task {id}");
        var waits = task.Status is BuildTaskStatus.Idle ? await WhyBuildTaskWaits.ReadAsync(session, key, ct) : null;
        var heard = await session.TasksLastHeardOfAsync([id], ct);
        return TypedResults.Ok(new BuildTaskResponse(
            id, task.BuildId, task.Index, task.Arch, task.Platform.Name, task.Status, task.Attempt, task.Node, task.StartedAt,
            heard.TryGetValue(id, out var seen) ? seen : null, task.FinishedAt, task.Error,
            waits is null ? null : ToResponse(waits, options.Value.Nodes.MostOfOwner), [.. task.Artifacts.Select(a => new TaskArtifactResponse(a.Name, a.Type, a.Sha256, a.SizeBytes))]));
    }

    private static TaskWaitsResponse ToResponse(WhyBuildTaskWaits waits, int mostOfOwner)
    {
        var atLimit = waits.Ready && mostOfOwner > 0 && waits.OwnerHas >= mostOfOwner;
        return new(waits.WaitsFor, waits.Ready && !atLimit, waits.ReadyBefore, atLimit ? mostOfOwner : null);
    }

    /// <summary>A node that stops returns its task to the queue. A second time, or when the task is somebody else's by now, nothing happens.</summary>
    private static async Task<NoContent> HandBack(
        int id, [FromHeader(Name = "X-Attempt")] int? attempt, CurrentPrincipal principal, IMessageBus bus, CancellationToken ct)
    {
        await bus.InvokeAsync(new HandBackBuildTask(new(id), principal.Key, attempt), ct);
        return TypedResults.NoContent();
    }
}

/// <param name="Id">Its number.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Index">Place of its package in the build.</param>
/// <param name="Arch">What it is built on.</param>
/// <param name="Platform">What it is built for.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Attempt">How often it was handed out.</param>
/// <param name="Node">Who works on it, or did last.</param>
/// <param name="StartedAt">When work began.</param>
/// <param name="LastSignAt">When its holder was last heard of.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Error">Why we failed it.</param>
/// <param name="Waits">Why nobody works on it; null when somebody does or it has ended.</param>
/// <param name="Artifacts">What was reported.</param>
public sealed record BuildTaskResponse(
    int Id, int BuildId, int Index, string Arch, string Platform, BuildTaskStatus Status, int Attempt, string? Node, DateTimeOffset? StartedAt,
    DateTimeOffset? LastSignAt, DateTimeOffset? FinishedAt, string? Error, TaskWaitsResponse? Waits, IReadOnlyList<TaskArtifactResponse> Artifacts);

/// <param name="For">Tasks that have to end first.</param>
/// <param name="Ready">Whether a node of its arch may have it now.</param>
/// <param name="ReadyBefore">How many ready tasks of its arch come first, counted up to 1,000.</param>
/// <param name="OwnerLimit">Its owner has so many tasks of its arch worked on, which is the most allowed (<c>Packages:Nodes:MostOfOwner</c>), and it waits for one of them to end; null otherwise.</param>
public sealed record TaskWaitsResponse(IReadOnlyList<int> For, bool Ready, int? ReadyBefore, int? OwnerLimit);

public sealed record TaskArtifactResponse(string Name, ArtifactType Type, string? Sha256, long? SizeBytes);
