using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using Npgsql;

namespace EventSourced.Workers.Packages.Logs;

/// <summary>
/// When a task has ended, its running log goes: what its node uploaded is the log. Where the node sent none, or an earlier attempt left one behind, the pieces
/// become an artifact first. Repeating it changes nothing.
/// </summary>
public sealed class BuildLogArchive(
    IDocumentStore documents, RunningLogs running, IArtifactStore store, TimeProvider time, ILogger<BuildLogArchive> logger) : BackgroundService
{
    private const int AtOnce = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>One look at all running logs.</summary>
    /// <returns>How many were put away.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellation)
    {
        var gone = 0;
        foreach (var stream in await running.StreamsAsync(AtOnce, cancellation))
            gone += await PutAwayAsync(stream, cancellation) ? 1 : 0;

        return gone;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                logger.LogArchiveFailed(e); // the next look does it again
            }
        }
    }

    private async Task<bool> PutAwayAsync(string stream, CancellationToken cancellation)
    {
        if (RunningLogs.TaskOf(stream) is not var (id, attempt))
            return false;

        await using var session = documents.QuerySession();
        if (await session.LoadAsync<BuildTaskDetails>(id.StreamKey, cancellation) is not { } task || !HasEnded(task))
            return false;

        // A piece that came while the others were put away has nothing before it.
        if (await running.FindArtifactAsync(stream, cancellation) is not null || (attempt == task.Attempt && await HasLogAsync(task, cancellation)))
        {
            await running.ForgetAsync(stream, sha256: null, sizeBytes: 0, cancellation);
            return true;
        }

        await using var pieces = new RunningLogStream(running, stream);
        var stored = await store.PutAsync(pieces, cancellation);
        await running.ForgetAsync(stream, stored.Sha256, stored.SizeBytes, cancellation);
        return true;
    }

    private async Task<bool> HasLogAsync(BuildTaskDetails task, CancellationToken cancellation)
    {
        foreach (var digest in task.LogDigests())
        {
            if (await store.ExistsAsync(digest, cancellation))
                return true;
        }

        return false;
    }

    private static bool HasEnded(BuildTaskDetails task) => task.Status is BuildTaskStatus.Completed or BuildTaskStatus.Failed or BuildTaskStatus.Excluded or BuildTaskStatus.Cancelled;
}
