using System.Data;
using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Shards;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>Builds a projection's tables again from event 1 beside the live ones, catches up with what is appended meanwhile, and swaps.</summary>
internal abstract class ProjectionRebuild(DocumentStore store, ProjectionModel projection)
{
    private readonly EventPageReader pages = new(store.Events, projection);
    private readonly HashSet<string> parked = new(StringComparer.Ordinal);
    private readonly List<Failure> failures = [];
    private NpgsqlRange<long>[] missing = [];

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
        if (!IsInline)
            await AdvisoryLock.HoldAsync(target, projection.ShardName, token); // in no transaction, so it is only a look

        await CreateTablesAsync(target, token);
        var position = await BuildAsync(target, token);
        await new TableSwap(store, Tables).SwapAsync(
            async (connection, progress) =>
            {
                await HoldAsync(connection, target, token);
                await FinishAsync(connection, progress, position, token);
            },
            IsInline ? null : projection.ShardName, token);
        store.WakeUps.Raise(Shard.Progressed);
    }

    private async Task<long> BuildAsync(NpgsqlConnection target, CancellationToken token)
    {
        try
        {
            var position = await MarkAsync(target, token);
            await using var source = await store.DataSource.OpenConnectionAsync(token);
            Note(await BuildAsync(source, target, position, token));
            position = await CatchUpAsync(target, position, token);
            return IsInline ? await TakeInVisibleAsync(source, target, position, token) : position;
        }
        catch (NotBuildableException)
        {
            foreach (var table in Tables)
                await SideTables.DropAsync(target, SideTables.Rebuild, table.Table, token);

            throw;
        }
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
    /// What is above the mark, of which a gap may hold much: all that one snapshot sees. The numbers it misses are taken in when the tables are locked; of one stream
    /// they come after what is seen.
    /// </summary>
    private async Task<long> TakeInVisibleAsync(NpgsqlConnection source, NpgsqlConnection target, long position, CancellationToken token)
    {
        await using var snapshot = await source.BeginTransactionAsync(IsolationLevel.RepeatableRead, token);
        (var largest, missing) = await VisibleNumbers.AboveAsync(source, position, token);
        while (position < largest)
        {
            var page = await pages.ReadUpToAsync(source, position, largest, token);
            Note(await PageWriter.WriteAsync(target, await Projector.ProjectAsync(target, page.Events, parked, token), token));
            position = page.Ceiling;
        }

        return position;
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
    /// With the live tables locked: of an inline projection everything visible now that was not before, for whoever comes later finds the new tables; of an async
    /// one what its shard has taken in.
    /// </summary>
    private async Task FinishAsync(NpgsqlConnection connection, ShardProgress? progress, long position, CancellationToken token)
    {
        // An attempt that has to be repeated leaves nothing behind, in the database or here.
        var found = new List<Failure>();
        var passed = new HashSet<string>(parked, StringComparer.Ordinal);
        NpgsqlRange<long>[] unseen = progress is null ? [.. missing, new(position, false, false, 0, false, true)] : [new(position, false, Math.Max(progress.Floor, position), true)];
        for (var floor = 0L; ;)
        {
            var page = await pages.ReadWithinAsync(connection, floor, unseen, token);
            var changes = await Projector.ProjectAsync(connection, page, passed, token);
            found.AddRange(await PageWriter.WriteWithinAsync(connection, changes, token));
            passed.UnionWith(found.Select(f => f.DocumentId));
            if (page.Count < EventPageReader.Size)
                break;

            floor = page[^1].Sequence;
        }

        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(progress is not null ? progress.Move(Math.Max(progress.Floor, position)) : await InlineFills.NoteAsync(connection, projection, position, missing, token));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("delete from es.parked where shard = $1") { Parameters = { new() { Value = projection.ShardName } } });
        ParkedRows.AddTo(batch, projection, [.. failures, .. found], store.Options.TimeProvider.GetUtcNow());
        await batch.ExecuteNonQueryAsync(token);
    }

    private void Note(IReadOnlyCollection<Failure> found)
    {
        failures.AddRange(found);
        parked.UnionWith(found.Select(f => f.DocumentId));
    }
}
