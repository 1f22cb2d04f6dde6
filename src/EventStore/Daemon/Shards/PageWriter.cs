using EventSourced.EventStore.Daemon.Parking;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>Commits a page: its changes, its parked documents and the shard's progress, all or nothing.</summary>
internal sealed class PageWriter(ProjectionModel projection, TimeProvider time)
{
    /// <summary>
    /// Documents and progress are lost together in a crash of the server, or not at all, and then projected again: the events are what waits for the disk. To be
    /// seen by others a commit never waits for it.
    /// </summary>
    private const string NeedNotWaitForDisk = "select set_config('synchronous_commit', 'off', true)";

    /// <returns>The progress after the page, and the documents it parked.</returns>
    /// <exception cref="PostgresException"><c>ES001</c>: somebody else moved or touched the shard's progress. Nothing was written.</exception>
    public async Task<(ShardProgress Progress, IReadOnlyList<Failure> Parked)> CommitAsync(
        NpgsqlConnection connection, ShardProgress progress, long ceiling, PageChanges changes, CancellationToken token)
    {
        try
        {
            // Without begin and commit the batch is one implicit transaction and one round trip.
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(progress.Move(ceiling));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(NeedNotWaitForDisk));
            changes.AddTo(batch);
            ParkedRows.AddTo(batch, projection, changes.Failures, time.GetUtcNow());
            return (progress.MovedTo(ceiling, await ExecuteAsync(batch, token)), changes.Failures);
        }
        catch (PostgresException refused) when (Failure.IsAboutData(refused))
        {
            return await CommitPieceByPieceAsync(connection, progress, ceiling, changes, token);
        }
    }

    /// <summary>The database refuses the data of some document: each piece gets a savepoint, and those refused are parked.</summary>
    private async Task<(ShardProgress, IReadOnlyList<Failure>)> CommitPieceByPieceAsync(
        NpgsqlConnection connection, ShardProgress progress, long ceiling, PageChanges changes, CancellationToken token)
    {
        await using var transaction = await connection.BeginTransactionAsync(token);
        DateTime updated;
        await using (var move = new NpgsqlBatch(connection) { BatchCommands = { progress.Move(ceiling) } })
            updated = await ExecuteAsync(move, token);

        var failures = changes.Failures.ToList();
        failures.AddRange(await WritePiecesAsync(connection, changes, token));
        await using var park = new NpgsqlBatch(connection);
        ParkedRows.AddTo(park, projection, failures, time.GetUtcNow());
        if (park.BatchCommands.Count > 0)
            await park.ExecuteNonQueryAsync(token);

        await transaction.CommitAsync(token);
        return (progress.MovedTo(ceiling, updated), failures);
    }

    /// <summary>Writes a page that has no progress of its own, in a transaction of its own.</summary>
    /// <returns>What failed or was refused.</returns>
    public static async Task<IReadOnlyCollection<Failure>> WriteAsync(NpgsqlConnection connection, PageChanges changes, CancellationToken token)
    {
        try
        {
            await using var batch = new NpgsqlBatch(connection);
            changes.AddTo(batch);
            if (batch.BatchCommands.Count > 0)
                await batch.ExecuteNonQueryAsync(token);

            return changes.Failures;
        }
        catch (PostgresException refused) when (Failure.IsAboutData(refused))
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            var refusals = await WritePiecesAsync(connection, changes, token);
            await transaction.CommitAsync(token);
            return [.. changes.Failures, .. refusals];
        }
    }

    /// <summary>As <see cref="WriteAsync(NpgsqlConnection, PageChanges, CancellationToken)"/>, in the connection's transaction.</summary>
    public static async Task<IReadOnlyList<Failure>> WriteWithinAsync(NpgsqlConnection connection, PageChanges changes, CancellationToken token)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("savepoint page") } };
        changes.AddTo(batch);
        if (batch.BatchCommands.Count == 1)
            return changes.Failures;

        batch.BatchCommands.Add(new("release savepoint page"));
        try
        {
            await batch.ExecuteNonQueryAsync(token);
            return changes.Failures;
        }
        catch (PostgresException refused) when (Failure.IsAboutData(refused))
        {
            await RunAsync(connection, "rollback to savepoint page", token);
            return [.. changes.Failures, .. await WritePiecesAsync(connection, changes, token)];
        }
    }

    /// <summary>Writes what the database takes, in the connection's transaction.</summary>
    public static async Task<IReadOnlyList<Failure>> WritePiecesAsync(NpgsqlConnection connection, PageChanges changes, CancellationToken token)
    {
        var refused = new Dictionary<string, Failure>(StringComparer.Ordinal);
        foreach (var piece in changes.Pieces())
        {
            if (!refused.ContainsKey(piece.DocumentId) && await WriteAsync(connection, piece, token) is { } failure)
                refused[piece.DocumentId] = failure;
        }

        return [.. refused.Values];
    }

    private static async Task<Failure?> WriteAsync(NpgsqlConnection connection, PageChange piece, CancellationToken token)
    {
        await RunAsync(connection, "savepoint piece", token);
        try
        {
            await using var batch = new NpgsqlBatch(connection);
            piece.AddTo(batch);
            await batch.ExecuteNonQueryAsync(token);
            await RunAsync(connection, "release savepoint piece", token);
            return null;
        }
        catch (PostgresException refused) when (Failure.IsAboutData(refused))
        {
            await RunAsync(connection, "rollback to savepoint piece", token);
            return new Failure(piece.DocumentId, piece.Sequence, refused);
        }
    }

    private static async Task<DateTime> ExecuteAsync(NpgsqlBatch batch, CancellationToken token)
    {
        await using var reader = await batch.ExecuteReaderAsync(token);
        await reader.ReadAsync(token);
        var updated = reader.GetDateTime(0);
        while (await reader.NextResultAsync(token))
        {
            // Errors of later commands surface here.
        }

        return updated;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(token);
    }
}
