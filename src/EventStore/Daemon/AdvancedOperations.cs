using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Verify;

namespace EventSourced.EventStore.Daemon;

/// <summary>Looking after projections: progress, verification, parked documents.</summary>
public sealed class AdvancedOperations
{
    private readonly DocumentStore store;

    internal AdvancedOperations(DocumentStore store) => this.store = store;

    /// <summary>The rows of <c>mt_event_progression</c>, Marten's bookkeeping left out.</summary>
    /// <param name="tenantId">There is one database for all tenants, so it changes nothing.</param>
    /// <param name="token">Cancels.</param>
    public async Task<IReadOnlyList<ShardState>> AllProjectionProgress(string? tenantId = null, CancellationToken token = default)
    {
        await using var command = store.DataSource.CreateCommand("""
            select name, coalesce(last_seq_id, 0) from public.mt_event_progression
            where name not in ('HighWaterAllocationFence', 'HighWaterStuckGap') order by name
            """);
        await using var reader = await command.ExecuteReaderAsync(token);
        var shards = new List<ShardState>();
        while (await reader.ReadAsync(token))
            shards.Add(new ShardState(reader.GetString(0), reader.GetInt64(1)));

        return shards;
    }

    /// <summary>
    /// Folds the events of projections again, as of one moment each, and compares with their tables. Writers and shards go on meanwhile; memory is bounded.
    /// </summary>
    /// <param name="projectionName">A projection's or shard's name; null for all that have tables.</param>
    /// <param name="token">Cancels it; the live tables are only read.</param>
    /// <exception cref="ArgumentException">No projection has this name; the message lists those there are.</exception>
    /// <exception cref="RebuildInProgressException">Another process verifies the same projection.</exception>
    public async Task<IReadOnlyList<VerifyReport>> VerifyAsync(string? projectionName, CancellationToken token)
    {
        var projections = projectionName is null
            ? store.Projections.All.Where(p => p.Lifecycle is not ProjectionLifecycle.Live)
            : [store.Projections.Named(projectionName)];
        var reports = new List<VerifyReport>();
        foreach (var projection in projections)
            reports.Add(await new Verification(store).RunAsync(projection, token));

        return reports;
    }

    /// <summary>Documents that stopped at an event their projection failed on.</summary>
    /// <param name="projectionName">A projection's or shard's name; null for all.</param>
    /// <param name="token">Cancels the read.</param>
    public async Task<IReadOnlyList<ParkedDocument>> ParkedDocumentsAsync(string? projectionName, CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        return await ParkedRows.ListAsync(connection, projectionName is null ? null : store.Projections.Named(projectionName).ShardName, token);
    }

    /// <summary>
    /// Folds a parked document again, all its events up to where its shard is, and lets it go on. To be called when what failed was mended: the code, or the data.
    /// </summary>
    /// <param name="projectionName">The projection's or shard's name.</param>
    /// <param name="documentId">The parked document, as <see cref="ParkedDocumentsAsync"/> lists it.</param>
    /// <param name="token">Cancels it; then nothing is changed.</param>
    /// <exception cref="ArgumentException">No such document is parked.</exception>
    /// <exception cref="StillFailingException">An event still fails; the document stays parked there.</exception>
    public Task ResumeParkedAsync(string projectionName, string documentId, CancellationToken token) =>
        ParkedResumption.Of(store, store.Projections.Named(projectionName)).ResumeAsync(documentId, token);
}

/// <summary>How far a shard is.</summary>
/// <param name="ShardName">The row's name.</param>
/// <param name="Sequence">The last event taken in.</param>
public sealed record ShardState(string ShardName, long Sequence);
