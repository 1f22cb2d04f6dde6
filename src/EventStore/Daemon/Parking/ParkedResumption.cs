using EventSourced.EventStore.Daemon.Shards;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>Repairs documents of one projection while its shard runs on: the shard's progress row is locked, and touched so that a page in flight starts again.</summary>
internal abstract class ParkedResumption(DocumentStore store, ProjectionModel projection)
{
    protected DocumentStore Store => store;

    public static ParkedResumption Of(DocumentStore store, ProjectionModel projection) => projection switch
    {
        DocumentProjectionModel documents => new DocumentResumption(store, documents),
        EventProjectionModel events => new StreamResumption(store, events),
        _ => throw new InvalidOperationException($"{projection.GetType().Name} parks nothing."),
    };

    public async Task ResumeAsync(string documentId, CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        await using var transaction = await connection.BeginTransactionAsync(token);
        var upTo = await HoldAsync(connection, [documentId], token);
        var at = await ParkedRows.TakeAsync(connection, projection.ShardName, documentId, token)
            ?? throw new ArgumentException($"No document '{documentId}' of {projection.ShardName} is parked.", nameof(documentId));

        if (await TryRepairAsync(connection, documentId, at, upTo, token) is { } failure)
        {
            await transaction.RollbackAsync(token);
            throw new StillFailingException(projection.ShardName, documentId, failure.Sequence, failure.Exception);
        }

        await transaction.CommitAsync(token);
    }

    /// <summary>Nobody else writes the documents before the transaction ends: neither the shard nor, for an inline projection, an append to their streams.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="streams">The streams of an inline projection's documents.</param>
    /// <param name="token">Cancels the wait.</param>
    /// <returns>The last number that the documents reflect.</returns>
    /// <exception cref="ShardRunElsewhereException">A daemon that is not ours runs the shard.</exception>
    public async Task<long> HoldAsync(NpgsqlConnection connection, string[] streams, CancellationToken token)
    {
        if (projection.Lifecycle is not ProjectionLifecycle.Async)
        {
            await HoldStreamsAsync(connection, streams, token);
            return long.MaxValue;
        }

        var progress = await ShardProgress.LockAsync(connection, projection.ShardName, token);
        await AdvisoryLock.HoldAsync(connection, projection.ShardName, token);
        await using var touch = new NpgsqlBatch(connection) { BatchCommands = { progress.Move(progress.Floor) } };
        await touch.ExecuteNonQueryAsync(token);
        return progress.Floor;
    }

    private async Task<Failure?> TryRepairAsync(NpgsqlConnection connection, string documentId, long parkedAt, long upTo, CancellationToken token)
    {
        try
        {
            return await RepairAsync(connection, documentId, parkedAt, upTo, token);
        }
        catch (PostgresException refused) when (Failure.IsAboutData(refused))
        {
            return new Failure(documentId, parkedAt, refused);
        }
    }

    /// <summary>Brings the document to <paramref name="upTo"/>, in the connection's transaction.</summary>
    /// <returns>What still fails; null when all went well.</returns>
    protected abstract Task<Failure?> RepairAsync(NpgsqlConnection connection, string documentId, long parkedAt, long upTo, CancellationToken token);

    /// <summary>Locks streams as an append does, in the same order.</summary>
    public static async Task HoldStreamsAsync(NpgsqlConnection connection, IReadOnlyList<string> streams, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select 1 from public.mt_streams where id = any($1) order by id for no key update", connection)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. streams], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar } },
        };
        await command.ExecuteNonQueryAsync(token);
    }
}
