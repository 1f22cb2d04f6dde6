using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

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
        var upTo = await HoldAsync(connection, documentId, token);
        var at = await UnparkAsync(connection, documentId, token)
            ?? throw new ArgumentException($"No document '{documentId}' of {projection.ShardName} is parked.", nameof(documentId));

        if (await TryRepairAsync(connection, documentId, at, upTo, token) is { } failure)
        {
            await transaction.RollbackAsync(token);
            throw new StillFailingException(projection.ShardName, documentId, failure.Sequence, failure.Exception);
        }

        await transaction.CommitAsync(token);
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

    /// <summary>Nobody else writes the document before the transaction ends: neither the shard nor, for an inline projection, an append to its stream.</summary>
    private async Task<long> HoldAsync(NpgsqlConnection connection, string documentId, CancellationToken token)
    {
        if (projection.Lifecycle is not ProjectionLifecycle.Async)
        {
            await RunAsync(connection, "select 1 from public.mt_streams where id = $1 for update", documentId, token);
            return long.MaxValue;
        }

        var progress = await ShardProgress.LockAsync(connection, projection.ShardName, token);
        await using var touch = new NpgsqlBatch(connection) { BatchCommands = { progress.Move(progress.Floor) } };
        await touch.ExecuteNonQueryAsync(token);
        return progress.Floor;
    }

    private async Task<long?> UnparkAsync(NpgsqlConnection connection, string documentId, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("delete from es.parked where shard = $1 and document_id = $2 returning seq_id", connection)
        {
            Parameters = { new() { Value = projection.ShardName }, new() { Value = documentId } },
        };
        return (long?)await command.ExecuteScalarAsync(token);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, string value, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } } };
        await command.ExecuteNonQueryAsync(token);
    }
}
