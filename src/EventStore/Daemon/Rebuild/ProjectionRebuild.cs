using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>Builds a projection's tables again from event 1 beside the live ones, catches up with what is appended meanwhile, and swaps.</summary>
internal abstract class ProjectionRebuild(DocumentStore store, ProjectionModel projection)
{
    private readonly EventPageReader pages = new(store.Events, projection);
    private readonly HashSet<string> parked = new(StringComparer.Ordinal);
    private readonly List<Failure> failures = [];

    protected DocumentStore Store => store;

    /// <summary>The live tables.</summary>
    protected abstract IReadOnlyList<TableName> Tables { get; }

    /// <summary>Projects into the tables beside.</summary>
    protected abstract IPageProjector Projector { get; }

    private bool IsInline => projection.Lifecycle is ProjectionLifecycle.Inline;

    /// <exception cref="InvalidOperationException">The projection has no tables that can be built beside.</exception>
    public static ProjectionRebuild Of(DocumentStore store, ProjectionModel projection) => projection switch
    {
        DocumentProjectionModel documents => new DocumentRebuild(store, documents),
        EventProjectionModel events => new FlatTableRebuild(store, events),
        _ => throw new InvalidOperationException($"No rebuild for {projection.GetType().Name}."),
    };

    public async Task RunAsync(CancellationToken token)
    {
        await using var target = await SideConnection.OpenAsync(store, "rebuild", token);
        await SideConnection.LockAsync(target, $"rebuild {projection.ShardName}", token);
        await CreateTablesAsync(target, token);
        var position = await MarkAsync(target, token);
        await using (var source = await store.DataSource.OpenConnectionAsync(token))
            Note(await BuildAsync(source, target, position, token));

        position = await CatchUpAsync(target, position, token);
        await new TableSwap(store, Tables).SwapAsync(
            async (connection, progress) =>
            {
                await HoldAsync(connection, target, token);
                await FinishAsync(connection, progress, position, token);
            },
            IsInline ? null : projection.ShardName, token);
        store.WakeUps.Raise(Shard.Progressed);
    }

    protected abstract Task CreateTablesAsync(NpgsqlConnection connection, CancellationToken token);

    /// <returns>What was parked.</returns>
    protected abstract Task<IReadOnlyCollection<Failure>> BuildAsync(NpgsqlConnection source, NpgsqlConnection target, long upTo, CancellationToken token);

    private static async Task<long> MarkAsync(NpgsqlConnection connection, CancellationToken token) =>
        (await ShardProgress.LoadAsync(connection, ProgressionRows.HighWaterMark, token)).Floor;

    /// <summary>Takes in pages until one is the last and not full.</summary>
    private async Task<long> CatchUpAsync(NpgsqlConnection target, long position, CancellationToken token)
    {
        while (true)
        {
            var page = await pages.ReadAsync(target, position, token);
            var changes = await Projector.ProjectAsync(target, page.Events, parked, token);
            Note(await PageWriter.WriteAsync(target, changes, token));
            position = page.Ceiling;
            if (page.IsLast)
                return position;
        }
    }

    /// <summary>
    /// The connection that built the tables holds the lock that keeps others from building them. Were it lost, another process might have begun them anew; once the
    /// tables are locked it cannot begin any more.
    /// </summary>
    private async Task HoldAsync(NpgsqlConnection connection, NpgsqlConnection builder, CancellationToken token)
    {
        await SideTables.RunAsync(connection, $"lock table {string.Join(", ", Tables.Select(t => t with { Schema = SideTables.Rebuild }))} in access exclusive mode", token);
        await SideTables.RunAsync(builder, "select 1", token);
    }

    /// <summary>
    /// With the live tables locked: of an inline projection everything visible now, for whoever comes later finds the new tables; of an async one what its
    /// shard has taken in.
    /// </summary>
    private async Task FinishAsync(NpgsqlConnection connection, ShardProgress? progress, long position, CancellationToken token)
    {
        // An attempt that has to be repeated leaves nothing behind, in the database or here.
        var found = new List<Failure>();
        var passed = new HashSet<string>(parked, StringComparer.Ordinal);
        var upTo = progress is null ? await LargestAsync(connection, token) : Math.Max(progress.Floor, position);
        for (var floor = position; floor < upTo;)
        {
            var page = await pages.ReadUpToAsync(connection, floor, upTo, token);
            var changes = await Projector.ProjectAsync(connection, page.Events, passed, token);
            found.AddRange([.. changes.Failures, .. await PageWriter.WritePiecesAsync(connection, changes, token)]);
            passed.UnionWith(found.Select(f => f.DocumentId));
            floor = page.Ceiling;
        }

        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(progress is not null
            ? progress.Move(upTo)
            : new NpgsqlBatchCommand(InlineFills.NoteSql) { Parameters = { new() { Value = projection.ShardName } } });

        batch.BatchCommands.Add(new NpgsqlBatchCommand("delete from es.parked where shard = $1") { Parameters = { new() { Value = projection.ShardName } } });
        ParkedRows.AddTo(batch, projection, [.. failures, .. found], store.Options.TimeProvider.GetUtcNow());
        await batch.ExecuteNonQueryAsync(token);
    }

    private static async Task<long> LargestAsync(NpgsqlConnection connection, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select coalesce(max(seq_id), 0) from public.mt_events", connection);
        return (long)(await command.ExecuteScalarAsync(token))!; // coalesce leaves no null
    }

    private void Note(IReadOnlyCollection<Failure> found)
    {
        failures.AddRange(found);
        parked.UnionWith(found.Select(f => f.DocumentId));
    }
}
