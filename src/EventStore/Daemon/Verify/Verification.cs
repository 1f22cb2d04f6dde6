using System.Data;
using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Rebuild;
using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Verify;

/// <summary>
/// Folds a projection's events again, to exactly the point its tables reflect, and compares. Documents, progress and events are read in one exported
/// snapshot, so nobody has to stop writing.
/// </summary>
internal sealed class Verification(DocumentStore store)
{
    public async Task<VerifyReport> RunAsync(ProjectionModel projection, CancellationToken token)
    {
        await using var live = await store.DataSource.OpenConnectionAsync(token);
        await using var snapshot = await live.BeginTransactionAsync(IsolationLevel.RepeatableRead, token);
        await using var source = await store.DataSource.OpenConnectionAsync(token);
        await using var imported = await source.BeginTransactionAsync(IsolationLevel.RepeatableRead, token);
        await SideTables.RunAsync(source, $"set transaction snapshot '{await ExportAsync(live, token)}'", token);
        foreach (var patient in new[] { live, source }) // they lock nothing, and each waits while the other reads or what was read is folded
            await SideTables.RunAsync(patient, "set local idle_in_transaction_session_timeout = 0", token);

        await using var built = await SideConnection.OpenAsync(store, "verify", token);
        await SideConnection.LockAsync(built, $"verify {projection.ShardName}", token);
        var upTo = await UpToAsync(live, projection, token);
        var parked = await ParkedRows.ListAsync(live, projection.ShardName, token);
        var moment = new Moment(live, source, built, upTo, parked.ToDictionary(p => p.DocumentId, p => p.Sequence, StringComparer.Ordinal));
        var tables = await CompareAsync(projection, moment, withArchived: false, token);
        if (tables.Any(t => t.FirstDifference is not null) && MayHoldArchived(projection))
        {
            // What was projected before its stream was archived stays in tables that gather streams, until a rebuild.
            var all = await CompareAsync(projection, moment, withArchived: true, token);
            tables = all.Any(t => t.FirstDifference is not null) ? tables : all;
        }

        return new VerifyReport(projection.Name, projection.ShardName, upTo, tables, parked);
    }

    private static bool MayHoldArchived(ProjectionModel projection) => !projection.IncludesArchived && projection is not DocumentProjectionModel { IsMultiStream: false };

    private Task<IReadOnlyList<VerifiedTable>> CompareAsync(ProjectionModel projection, Moment moment, bool withArchived, CancellationToken token) => projection switch
    {
        DocumentProjectionModel documents => CompareAsync(documents, moment, withArchived, token),
        EventProjectionModel events => CompareAsync(events, moment, withArchived, token),
        _ => throw new InvalidOperationException($"No verification for {projection.GetType().Name}."),
    };

    private async Task<IReadOnlyList<VerifiedTable>> CompareAsync(DocumentProjectionModel projection, Moment moment, bool withArchived, CancellationToken token)
    {
        var beside = new DocumentSql(projection.Document, SideTables.Verify);
        await SideTables.CreateAsync(moment.Built, projection.Document, SideTables.Verify, token);
        await new DocumentBuilder(store, projection, beside, moment.Stops, withArchived).BuildAsync(moment.Source, moment.Built, moment.UpTo, token);
        var compared = await TableComparison.OfDocuments(projection, projection.Document.Sql, beside).CompareAsync(moment.Live, moment.Built, token);
        await SideTables.DropAsync(moment.Built, SideTables.Verify, projection.Document.Table, token);
        return [compared];
    }

    private async Task<IReadOnlyList<VerifiedTable>> CompareAsync(EventProjectionModel projection, Moment moment, bool withArchived, CancellationToken token)
    {
        var tables = projection.Tables.Select(TableName.Parse).ToList();
        if (tables.Count == 0)
            return [];

        foreach (var table in tables)
            await SideTables.CopyShapeAsync(moment.Built, table, SideTables.Verify, token);

        var renaming = FlatTableRebuild.Renaming(tables, SideTables.Verify);
        var projector = new EventProjector(projection, store, renaming);
        await new FlatTableBuilder(projection, projector, store.Events, moment.Stops, withArchived).BuildAsync(moment.Source, moment.Built, moment.UpTo, token);
        var compared = new List<VerifiedTable>();
        foreach (var table in tables)
        {
            var live = store.Projections.Compared(table.ToString());
            compared.Add(await TableComparison.OfRows(table.ToString(), live, renaming(live)).CompareAsync(moment.Live, moment.Built, token));
            await SideTables.DropAsync(moment.Built, SideTables.Verify, table.Table, token);
        }

        return compared;
    }

    private static async Task<string> ExportAsync(NpgsqlConnection connection, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select pg_export_snapshot()", connection);
        return (string)(await command.ExecuteScalarAsync(token))!; // it returns a name or fails
    }

    private static async Task<long> UpToAsync(NpgsqlConnection live, ProjectionModel projection, CancellationToken token)
    {
        if (projection.Lifecycle is ProjectionLifecycle.Async)
            return (await ShardProgress.LoadAsync(live, projection.ShardName, token)).Floor;

        await using var command = new NpgsqlCommand("select coalesce(max(seq_id), 0) from public.mt_events", live);
        return (long)(await command.ExecuteScalarAsync(token))!; // coalesce leaves no null
    }

    /// <summary>One moment of the database.</summary>
    /// <param name="Live">Reads the live tables in its snapshot.</param>
    /// <param name="Source">Reads the events in the same snapshot.</param>
    /// <param name="Built">Writes what the events say.</param>
    /// <param name="UpTo">The last event to fold.</param>
    /// <param name="Stops">Parked documents, and at which event each stopped.</param>
    private sealed record Moment(NpgsqlConnection Live, NpgsqlConnection Source, NpgsqlConnection Built, long UpTo, IReadOnlyDictionary<string, long> Stops);
}
