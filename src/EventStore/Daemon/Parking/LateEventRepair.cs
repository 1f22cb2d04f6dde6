using EventSourced.EventStore.Daemon.HighWater;
using EventSourced.EventStore.Daemon.Rebuild;
using EventSourced.EventStore.Daemon.Shards;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>
/// Takes in events that turned up below the mark (<c>es.late_events</c>): every document they belong to is folded again, flat tables are rebuilt. Each projection on
/// its own, once its shard has passed the number, for only then no page without it can be in flight.
/// </summary>
internal sealed class LateEventRepair(DocumentStore store, ILogger logger)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly ProjectionModel[] projections = [.. store.Projections.All.Where(p => p.Lifecycle is not ProjectionLifecycle.Live)];

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
            catch (Exception lost) when (MayPass(lost))
            {
                logger.RepairInterrupted(lost);
                await Task.Delay(LookEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Repairs what can be repaired now.</summary>
    public async Task RepairAsync(CancellationToken token)
    {
        var late = await LateEvents.UnrepairedAsync(store, token);
        if (late.Count == 0)
            return;

        foreach (var projection in projections)
            await TryRepairAsync(projection, [.. late.Where(l => l.IsMissedBy(projection))], token);

        var repaired = late.Where(l => !projections.Any(l.IsMissedBy)).Select(l => l.Sequence).ToArray();
        await LateEvents.MarkRepairedAsync(store, repaired, token);
        foreach (var sequence in repaired)
            logger.LateEventRepaired(sequence);
    }

    private static bool MayPass(Exception lost) => lost is NpgsqlException or TimeoutException or IOException or InvalidOperationException;

    /// <summary>One projection that cannot be repaired now, or not at all, is no reason to leave out the others.</summary>
    private async Task TryRepairAsync(ProjectionModel projection, IReadOnlyList<LateEvent> missed, CancellationToken token)
    {
        try
        {
            var passed = await PassedAsync(projection, missed, token);
            if (passed.Count == 0)
                return;

            if (projection is EventProjectionModel flat)
                await RepairAsync(flat, passed, token);
            else
                await RepairAsync((DocumentProjectionModel)projection, passed, token); // there is no third kind

            foreach (var item in passed)
                item.RepairedBy.Add(projection.ShardName);
        }
        catch (Exception lost) when (MayPass(lost))
        {
            logger.RepairDelayed(projection.ShardName, lost);
        }
    }

    private async Task<IReadOnlyList<LateEvent>> PassedAsync(ProjectionModel projection, IReadOnlyList<LateEvent> missed, CancellationToken token)
    {
        if (missed.Count == 0 || projection.Lifecycle is ProjectionLifecycle.Inline)
            return missed;

        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        var floor = (await ShardProgress.LoadAsync(connection, projection.ShardName, token)).Floor;
        return [.. missed.Where(item => item.Sequence <= floor)];
    }

    /// <summary>Its SQL stands on the order of events, so one cannot be put in between; what cannot be built anew either is parked.</summary>
    private async Task RepairAsync(EventProjectionModel flat, IReadOnlyList<LateEvent> passed, CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { LateEvents.Note(flat, passed) } };
        if (flat.Tables.Count > 0)
            await new FlatTableRebuild(store, flat).RunAsync(token);
        else
            ParkedRows.AddTo(batch, flat, [.. passed.Select(Unplaceable)], store.Options.TimeProvider.GetUtcNow());

        await batch.ExecuteNonQueryAsync(token);
    }

    private static Failure Unplaceable(LateEvent item) =>
        new(Failure.UnknownDocumentOf(item.Sequence), item.Sequence, new InvalidOperationException("It turned up late, and no tables are named that could be built anew."));

    private async Task RepairAsync(DocumentProjectionModel documents, IReadOnlyList<LateEvent> passed, CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        await using var transaction = await connection.BeginTransactionAsync(token);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { LateEvents.Note(documents, passed) } };
        var resumption = new DocumentResumption(store, documents);
        var upTo = await resumption.HoldAsync(connection, [.. passed.Select(item => item.Item.StreamKey)], token);
        var parked = await ParkedRows.IdsAsync(connection, documents.ShardName, token);
        var failures = new List<Failure>();
        var routed = DocumentProjector.Route(documents, [.. passed.Select(item => item.Item)], parked, failures);
        foreach (var id in routed.SelectMany(r => r.Ids).Distinct(StringComparer.Ordinal))
        {
            if (await resumption.FoldAgainAsync(connection, id, upTo, token) is { } failure)
                failures.Add(failure);
        }

        ParkedRows.AddTo(batch, documents, failures, store.Options.TimeProvider.GetUtcNow());
        await batch.ExecuteNonQueryAsync(token);
        await transaction.CommitAsync(token);
    }
}
