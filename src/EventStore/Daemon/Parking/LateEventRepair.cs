using EventSourced.EventStore.Daemon.HighWater;
using EventSourced.EventStore.Daemon.Rebuild;
using EventSourced.EventStore.Daemon.Shards;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>
/// Takes in events that turned up below the mark (<c>es.late_events</c>): every document they belong to is folded again, flat tables are rebuilt. An event
/// counts as repaired once every shard has passed its number, for only then no page without it can be in flight.
/// </summary>
internal sealed class LateEventRepair(DocumentStore store, ILogger logger)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly ProjectionModel[] projections = [.. store.Projections.All.Where(p => p.Lifecycle is ProjectionLifecycle.Async)];

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await RepairAsync(stop);
                await store.WakeUps.WaitAsync(HighWaterMark.LateEvents, LookEvery, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception lost) when (lost is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
            {
                logger.RepairInterrupted(lost);
                await Task.Delay(LookEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Repairs what can be repaired now.</summary>
    public async Task RepairAsync(CancellationToken token)
    {
        foreach (var sequence in await UnrepairedAsync(token))
        {
            if (await RepairAsync(sequence, token))
                await MarkRepairedAsync(sequence, token);
        }
    }

    private async Task<bool> RepairAsync(long sequence, CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        if (await DocumentHistory.ReadAsync(connection, store.Events, sequence, token) is not { } item)
            return true;

        foreach (var projection in projections.Where(p => item.Event is not { } e || p.Handles(e.EventType) && (p.IncludesArchived || !e.IsArchived)))
        {
            if ((await ShardProgress.LoadAsync(connection, projection.ShardName, token)).Floor < sequence)
                return false;

            await RepairAsync(connection, projection, item, token);
        }

        return true;
    }

    private async Task RepairAsync(NpgsqlConnection connection, ProjectionModel projection, PageEvent item, CancellationToken token)
    {
        if (projection is EventProjectionModel flat)
        {
            // Its SQL stands on the order of events, so one cannot be put in between.
            await new FlatTableRebuild(store, flat).RunAsync(token);
            return;
        }

        var documents = (DocumentProjectionModel)projection; // there is no third kind
        await using var transaction = await connection.BeginTransactionAsync(token);
        var progress = await ShardProgress.LockAsync(connection, projection.ShardName, token);
        var parked = await ParkedRows.IdsAsync(connection, projection.ShardName, token);
        var failures = new List<Failure>();
        var routed = DocumentProjector.Route(documents, [item], parked, failures);
        foreach (var id in routed.SelectMany(r => r.Ids))
        {
            if (await new DocumentResumption(store, documents).FoldAgainAsync(connection, id, progress.Floor, token) is { } failure)
                failures.Add(failure);
        }

        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { progress.Move(progress.Floor) } };
        ParkedRows.AddTo(batch, projection, failures, store.Options.TimeProvider.GetUtcNow());
        await batch.ExecuteNonQueryAsync(token);
        await transaction.CommitAsync(token);
    }

    private async Task<List<long>> UnrepairedAsync(CancellationToken token)
    {
        await using var command = store.DataSource.CreateCommand("select seq_id from es.late_events where repaired is null order by 1");
        await using var reader = await command.ExecuteReaderAsync(token);
        var late = new List<long>();
        while (await reader.ReadAsync(token))
            late.Add(reader.GetInt64(0));

        return late;
    }

    private async Task MarkRepairedAsync(long sequence, CancellationToken token)
    {
        await using var command = store.DataSource.CreateCommand("update es.late_events set repaired = now() where seq_id = $1");
        command.Parameters.Add(new() { Value = sequence });
        await command.ExecuteNonQueryAsync(token);
        logger.LateEventRepaired(sequence);
    }
}
