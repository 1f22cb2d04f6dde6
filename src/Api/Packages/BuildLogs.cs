using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using EventSourced.Api.Hosting;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Api.Packages;

/// <summary>A task's log from wherever it is: pieces while it is written, one artifact afterwards. Nothing is held open while a slow reader reads.</summary>
public sealed class BuildLogs(IDocumentStore store, RunningLogs running, IArtifactStore artifacts, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const int PieceBytes = 256 * 1024;

    private readonly Dictionary<BuildTaskId, LogFeed> feeds = [];

    /// <summary>Null when the task is unknown.</summary>
    public async Task<BuildLogState?> FindAsync(BuildTaskId task, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        if (await session.LoadAsync<BuildTaskDetails>(task.StreamKey, ct) is not { } details)
            return null;

        var attempt = Math.Max(details.Attempt, 1);
        var stream = RunningLogs.StreamOf(task, attempt);
        var ended = details.Status is BuildTaskStatus.Completed or BuildTaskStatus.Failed or BuildTaskStatus.Excluded or BuildTaskStatus.Cancelled;
        return new(stream, attempt, details.Node, details.Status, ended, ended ? await ArtifactAsync(details, stream, ct) : null);
    }

    /// <summary>Bytes from a position on, a piece at most; empty at the end of what there is.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(BuildLogState log, long position, CancellationToken ct)
    {
        if (log.Artifact is not { } artifact)
            return await running.ReadAsync(log.Stream, position, ct);

        if (position >= artifact.SizeBytes)
            return default;

        await using var bytes = await artifacts.OpenAsync(artifact.Sha256, new ArtifactRange(position, PieceBytes), ct)
            ?? throw new InvalidOperationException($"The log artifact {artifact.Sha256} is gone.");
        var piece = new byte[Math.Min(PieceBytes, artifact.SizeBytes - position)];
        var read = await bytes.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, ct);
        return piece.AsMemory(0, read);
    }

    /// <summary>Whether the log will never have anything behind a position; also where the task ended without any.</summary>
    public async Task<bool> IsAtEndAsync(BuildTaskId task, BuildLogState log, LogPosition position, CancellationToken ct)
    {
        if (!log.HasEnded || position.Attempt != log.Attempt)
            return false;

        if (log.Artifact is null && await running.EndAsync(log.Stream, ct) is var end and > 0)
            return position.Offset == end;

        // Its pieces may have become an artifact just now.
        var kept = log.Artifact ?? (await FindAsync(task, ct))?.Artifact;
        return position.Offset == (kept?.SizeBytes ?? 0);
    }

    /// <summary>
    /// One event a line, its id the byte offset behind the line; <c>log</c> first says which attempt it is and comes again when another attempt begins anew;
    /// <c>end</c> comes last, with the task's status; without it the host stops, and the client comes again.
    /// </summary>
    public async IAsyncEnumerable<SseItem<string>> FollowAsync(BuildTaskId task, LogPosition from, [EnumeratorCancellation] CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        var feed = Join(task);
        try
        {
            var log = await feed.StateAsync(ct);
            var lines = new LogLines(from.Attempt == log.Attempt ? await KnownAsync(task, log, from.Offset, ct) : 0);
            yield return Begin(log, lines);
            var silence = new Silence(time);
            while (await NextAsync(feed, log, lines.Position, ending.Token) is { } step)
            {
                if (step.Log.IsOtherThan(log))
                    yield return Begin(step.Log, lines = new LogLines(0));

                foreach (var line in lines.Add(step.Bytes))
                    yield return Line(step.Log, line);

                log = step.Log;
                if (step.IsEnd)
                {
                    if (lines.TakeRest() is { } rest)
                        yield return Line(log, rest);

                    yield return End(log, lines);
                    yield break;
                }

                if (!step.Bytes.IsEmpty)
                    silence.Break();
                else if (silence.IsOver())
                    yield return new SseItem<string>("", "alive");
            }
        }
        finally
        {
            Leave(task, feed);
        }
    }

    /// <returns>The start for an offset that the log does not have.</returns>
    private async Task<long> KnownAsync(BuildTaskId task, BuildLogState log, long offset, CancellationToken ct)
    {
        if (offset <= (log.Artifact?.SizeBytes ?? await running.EndAsync(log.Stream, ct)))
            return offset;

        // Its pieces may have become an artifact just now.
        return await FindAsync(task, ct) is { Artifact: { } kept } && offset <= kept.SizeBytes ? offset : 0;
    }

    /// <summary>Null when the host stops or the client has left.</summary>
    private static async Task<LogStep?> NextAsync(LogFeed feed, BuildLogState log, long position, CancellationToken ending)
    {
        try
        {
            return await feed.NextAsync(log, position, ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return null;
        }
    }

    private LogFeed Join(BuildTaskId task)
    {
        lock (feeds)
        {
            if (!feeds.TryGetValue(task, out var feed) || feed.HasStopped)
                feeds[task] = feed = new LogFeed(task, this, running, store.WakeUps);

            feed.Followers++;
            return feed;
        }
    }

    private void Leave(BuildTaskId task, LogFeed feed)
    {
        lock (feeds)
        {
            if (--feed.Followers > 0)
                return;

            if (feeds.GetValueOrDefault(task) == feed)
                feeds.Remove(task);
        }

        feed.Dispose();
    }

    /// <summary>The node's own log, the main one where there are several; else what the pieces became.</summary>
    private async Task<StoredArtifact?> ArtifactAsync(BuildTaskDetails task, string stream, CancellationToken ct)
    {
        foreach (var sha256 in task.LogDigests())
        {
            if (await artifacts.FindAsync(sha256, ct) is { } stored)
                return stored;
        }

        return await running.FindArtifactAsync(stream, ct) is { } archived ? await artifacts.FindAsync(archived.Sha256, ct) : null;
    }

    private static SseItem<string> Begin(BuildLogState log, LogLines lines) =>
        new(JsonSerializer.Serialize(new { attempt = log.Attempt, offset = lines.Position }, JsonSerializerOptions.Web), "log") { EventId = IdOf(log, lines.Position) };

    private static SseItem<string> End(BuildLogState log, LogLines lines) =>
        new(JsonSerializer.Serialize(new { status = JsonNamingPolicy.CamelCase.ConvertName(log.Status.ToString()) }), "end") { EventId = IdOf(log, lines.Position) };

    private static SseItem<string> Line(BuildLogState log, LogLine line) => new(line.Text) { EventId = IdOf(log, line.End) };

    private static string IdOf(BuildLogState log, long offset) => new LogPosition(offset, log.Attempt).ToString();
}

/// <param name="Stream">Where its pieces are.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Node">Who works, or worked, on it; null when it waits, and when it was cancelled.</param>
/// <param name="Status">The task's.</param>
/// <param name="HasEnded">Nothing will be added.</param>
/// <param name="Artifact">The whole log; null while it is written, and when no whole log was kept yet.</param>
public sealed record BuildLogState(string Stream, int Attempt, string? Node, BuildTaskStatus Status, bool HasEnded, StoredArtifact? Artifact)
{
    /// <summary>Another attempt, or the log of a node that reported late in place of the holder. A cancelled task is nobody's; its log is still the holder's.</summary>
    public bool IsOtherThan(BuildLogState before) =>
        Attempt != before.Attempt || (Artifact is not null && Node is not null && before.Node is not null && Node != before.Node);
}
