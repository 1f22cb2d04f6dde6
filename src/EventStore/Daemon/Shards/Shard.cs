using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.HighWater;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>One async projection while this process holds its lease: reads page after page and commits each together with its progress.</summary>
internal sealed class Shard(DocumentStore store, IPageProjector projector, ILogger logger)
{
    /// <summary>The topic on which somebody who waits for projections asks that progress without changes be written at once.</summary>
    public const string Settle = "settle";

    /// <summary>The topic raised when a shard has committed.</summary>
    public const string Progressed = "progress";

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private readonly ProjectionModel projection = projector.Projection;
    private readonly EventPageReader reader = new(store.Events, projector.Projection);
    private readonly PageWriter writer = new(projector.Projection, store.Options.TimeProvider);

    private ShardProgress progress = new(projector.Projection.ShardName, 0, null, Exists: false);
    private HashSet<string> parked = [];
    private long position;

    /// <summary>Runs until told to stop; a page begun is finished unless <paramref name="abort"/> comes first.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        var mark = new WakeUpWaiter(store.WakeUps, HighWaterMark.Moved, Idle, stop);
        var settle = new WakeUpWaiter(store.WakeUps, Settle, Idle, stop);
        var isLoaded = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!isLoaded)
                    await LoadAsync(abort);

                isLoaded = true;
                mark.Arm();
                await StepAsync(mark, settle, stop, abort);
            }
            catch (PostgresException moved) when (moved.SqlState == AppendErrors.Conflict)
            {
                // A repair or a rebuild touched the row, or another runner did; the row says where to go on.
                logger.ShardMoved(progress.Shard);
                isLoaded = false;
            }
            catch (Exception lost) when (ConnectionLoss.Is(lost) && !abort.IsCancellationRequested)
            {
                logger.ShardInterrupted(progress.Shard, lost);
                isLoaded = false;
                await Task.Delay(Idle, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task LoadAsync(CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        progress = await ShardProgress.LoadAsync(connection, progress.Shard, token);
        parked = await ParkedRows.IdsAsync(connection, progress.Shard, token);
        position = progress.Floor;
    }

    private async Task StepAsync(WakeUpWaiter mark, WakeUpWaiter settle, CancellationToken stop, CancellationToken abort)
    {
        var page = await TakeAsync(abort);
        DaemonMetrics.Shard(progress.Shard, page.Ceiling, page.Mark);
        if (position > progress.Floor)
        {
            // Nothing to project up to here; writing that down can wait a moment, or many shards would write all the time.
            if (settle.IsSignalled)
                await WriteDownAsync(abort);

            settle.Arm();
        }

        if (!page.IsLast)
            return;

        // The mark moves at its own pace, which is a pause long enough between pages.
        if (position > progress.Floor)
            await Task.WhenAny(mark.WaitAsync(), settle.WaitAsync());
        else
            await mark.WaitAsync();
    }

    /// <summary>Reads the next page and, where it has events, commits it.</summary>
    private async Task<EventPage> TakeAsync(CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        var page = await reader.ReadAsync(connection, position, token);
        if (page.Events.Count > 0)
        {
            var changes = await projector.ProjectAsync(connection, page.Events, parked, token);
            Report(await CommitAsync(connection, page.Ceiling, changes, token));
        }

        position = page.Ceiling;
        return page;
    }

    private async Task WriteDownAsync(CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        await CommitAsync(connection, position, new EventChanges([], []), token);
    }

    private async Task<IReadOnlyList<Failure>> CommitAsync(NpgsqlConnection connection, long ceiling, PageChanges changes, CancellationToken token)
    {
        (progress, var failures) = await writer.CommitAsync(connection, progress, ceiling, changes, token);
        store.WakeUps.Raise(Progressed);
        return failures;
    }

    private void Report(IReadOnlyList<Failure> failures)
    {
        foreach (var failure in failures)
        {
            parked.Add(failure.DocumentId);
            logger.DocumentParked(projection.ShardName, failure.DocumentId, failure.Sequence, failure.Exception);
            DaemonMetrics.Parked(projection.ShardName);
        }
    }
}
