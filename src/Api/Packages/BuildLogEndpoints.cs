using EventSourced.Api.Hosting;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace EventSourced.Api.Packages;

public static class BuildLogEndpoints
{
    private const string PlainText = "text/plain; charset=utf-8";

    public static IEndpointRouteBuilder MapBuildLogs(this IEndpointRouteBuilder tasks)
    {
        tasks.MapPut("/{id:int}/log", Write).RequireAuthorization(Policies.Node).Accepts<byte[]>("application/octet-stream").Produces<LogPositionResponse>();
        tasks.MapGet("/{id:int}/log", Read).RequireAuthorization(Policies.OpenReading).Produces<string>(contentType: EventStreams.MediaType, additionalContentTypes: "text/plain");
        return tasks;
    }

    /// <summary>The holder adds to the running log. The same bytes at the same offset may come again.</summary>
    private static async Task<IResult> Write(
        int id, long offset, [FromHeader(Name = "X-Attempt")] int? attempt, CurrentPrincipal principal, HttpRequest request, IQuerySession session,
        IDocumentStore store, RunningLogs logs, IOptions<PackagesOptions> options, CancellationToken ct)
    {
        await using var body = await RequestBytes.BufferAsync(request, options.Value.Logs.ChunkBytes, ct);
        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        if (offset < 0 || offset + bytes.Length > options.Value.Logs.LogBytes)
            throw new RequestRefusedException(StatusCodes.Status413PayloadTooLarge, "build_log.too_large", $"A log has at most {options.Value.Logs.LogBytes} bytes.");

        var held = await RequireHeldAsync(id, attempt, principal, session, ct);
        var stream = RunningLogs.StreamOf(new(id), held);
        var end = await logs.AppendAsync(stream, offset, bytes, ct);
        if (end < offset)
        {
            throw new RequestRefusedException(
                StatusCodes.Status416RangeNotSatisfiable, "build_log.gap", $"The log ends at {end}; the bytes up to {offset} are missing.");
        }

        store.WakeUps.Raise(stream);
        return TypedResults.Ok(new LogPositionResponse(end));
    }

    private static async Task<int> RequireHeldAsync(int id, int? attempt, CurrentPrincipal principal, IQuerySession session, CancellationToken ct)
    {
        var holding = await session.HoldingAsync(new(id), ct)
            ?? (await session.LoadAsync<BuildTaskDetails>(new BuildTaskId(id).StreamKey, ct) is null
                ? throw RequestRefusedException.NotFound($"Build task {id}")
                : new(null, 0));
        if (holding.Node != principal.Key)
            throw RequestRefusedException.Forbidden($"{principal.Key} does not hold build task {id}.");

        return attempt is null || attempt == holding.Attempt
            ? holding.Attempt
            : throw new RequestRefusedException(StatusCodes.Status409Conflict, BuildTaskErrors.StaleAttempt, $"Build task {id} is at attempt {holding.Attempt}.");
    }

    /// <summary>As server-sent events, live and later, from <c>Last-Event-ID</c> on; or as text, what there is by now.</summary>
    private static async Task<IResult> Read(
        int id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, HttpContext context, BuildLogs logs, IArtifactStore artifacts, CancellationToken ct)
    {
        var task = new BuildTaskId(id);
        var log = await logs.FindAsync(task, ct) ?? throw RequestRefusedException.NotFound($"Build task {id}");
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (EventStreams.IsWanted(context.Request))
            return await FollowAsync(task, log, lastEventId, logs, ct);

        if (log.Artifact is not { } artifact)
            return TypedResults.Stream(body => CopyAsync(logs, log, body, ct), PlainText);

        var bytes = await artifacts.OpenAsync(artifact.Sha256, range: null, ct) ?? throw RequestRefusedException.NotFound($"The log of build task {id}");
        return TypedResults.Stream(bytes, PlainText, entityTag: new EntityTagHeaderValue($"\"{artifact.Sha256}\""), enableRangeProcessing: true);
    }

    /// <summary>A client that reconnects after it has seen everything is told to stop, by the 204 that server-sent events have for it.</summary>
    private static async Task<IResult> FollowAsync(BuildTaskId task, BuildLogState log, string? lastEventId, BuildLogs logs, CancellationToken ct)
    {
        var position = LogPosition.Parse(lastEventId);
        return lastEventId is { Length: > 0 } && await logs.IsAtEndAsync(task, log, position, ct)
            ? TypedResults.NoContent()
            : TypedResults.ServerSentEvents(logs.FollowAsync(task, position, ct));
    }

    private static async Task CopyAsync(BuildLogs logs, BuildLogState log, Stream body, CancellationToken ct)
    {
        for (long position = 0; await logs.ReadAsync(log, position, ct) is { IsEmpty: false } bytes; position += bytes.Length)
            await body.WriteAsync(bytes, ct);
    }
}

/// <param name="Offset">Where the log ends now, and the next piece begins.</param>
public sealed record LogPositionResponse(long Offset);
