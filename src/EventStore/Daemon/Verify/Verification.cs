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

        await using var built = await SideConnection.OpenAsync(store, "verify", token);
        await SideConnection.LockAsync(built, $"verify {projection.ShardName}", token);
        var upTo = await UpToAsync(live, projection, token);
        var parked = await ParkedRows.ListAsync(live, projection.ShardName, token);
        var stops = parked.ToDictionary(p => p.DocumentId, p => p.Sequence, StringComparer.Ordinal);
        var tables = projection switch
        {
            DocumentProjectionModel documents => await CompareAsync(documents, stops, live, source, built, upTo, token),
            EventProjectionModel events => await CompareAsync(events, stops, live, source, built, upTo, token),
            _ => throw new InvalidOperationException($"No verification for {projection.GetType().Name}."),
        };
        return new VerifyReport(projection.Name, projection.ShardName, upTo, tables, parked);
    }

    private async Task<IReadOnlyList<VerifiedTable>> CompareAsync(
        DocumentProjectionModel projection, Dictionary<string, long> stops,
        NpgsqlConnection live, NpgsqlConnection source, NpgsqlConnection built, long upTo, CancellationToken token)
    {
        var beside = new DocumentSql(projection.Document, SideTables.Verify);
        await SideTables.CreateAsync(built, projection.Document, SideTables.Verify, token);
        await new DocumentBuilder(store, projection, beside, stops).BuildAsync(source, built, upTo, token);
        var compared = await TableComparison.OfDocuments(projection, projection.Document.Sql, beside).CompareAsync(live, built, token);
        await SideTables.DropAsync(built, SideTables.Verify, projection.Document.Table, token);
        return [compared];
    }

    private async Task<IReadOnlyList<VerifiedTable>> CompareAsync(
        EventProjectionModel projection, Dictionary<string, long> stops,
        NpgsqlConnection live, NpgsqlConnection source, NpgsqlConnection built, long upTo, CancellationToken token)
    {
        var tables = projection.Tables.Select(TableName.Parse).ToList();
        foreach (var table in tables)
            await SideTables.CopyShapeAsync(built, table, SideTables.Verify, token);

        var projector = new EventProjector(projection, store, FlatTableRebuild.Renaming(tables, SideTables.Verify));
        await new FlatTableBuilder(projection, projector, store.Events, stops).BuildAsync(source, built, upTo, token);
        var compared = new List<VerifiedTable>();
        foreach (var table in tables)
        {
            var beside = table with { Schema = SideTables.Verify };
            compared.Add(await TableComparison.OfRows(table.ToString(), beside.ToString()).CompareAsync(live, built, token));
            await SideTables.DropAsync(built, beside.Schema, beside.Table, token);
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
}
