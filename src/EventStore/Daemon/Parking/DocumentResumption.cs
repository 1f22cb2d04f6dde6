using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>
/// Lets a document go on: one of a single stream is folded from its first event, one of several streams from the first event its row does not reflect, onto that
/// row. Only where the row cannot be trusted the log is read from its beginning.
/// </summary>
internal sealed class DocumentResumption(DocumentStore store, DocumentProjectionModel projection) : ParkedResumption(store, projection)
{
    protected override async Task<Failure?> RepairAsync(NpgsqlConnection connection, string documentId, long parkedAt, long upTo, CancellationToken token)
    {
        if (documentId != Failure.UnknownDocumentOf(parkedAt))
            return projection.IsMultiStream
                ? await GoOnAsync(connection, documentId, parkedAt, upTo, token)
                : await FoldAgainAsync(connection, documentId, upTo, token);

        if (await DocumentHistory.ReadAsync(connection, Store.Events, parkedAt, token) is not { } item)
            return null;

        if (item.Event is not { } @event)
            return new Failure(documentId, parkedAt, item.Unreadable!); // either the event or the reason is there

        if (!DocumentProjector.TryRoute(projection, @event, out var ids, out var unroutable))
            return new Failure(documentId, parkedAt, unroutable);

        return await TakeInAsync(connection, ids, @event, upTo, token);
    }

    /// <summary>A document that is parked itself takes the event in when it goes on.</summary>
    private async Task<Failure?> TakeInAsync(NpgsqlConnection connection, IReadOnlyList<string> ids, IEvent @event, long upTo, CancellationToken token)
    {
        if (!projection.IsMultiStream)
            await HoldStreamsAsync(connection, ids, token);

        foreach (var id in ids)
        {
            if (!await ParkedRows.MoveBackAsync(connection, projection.ShardName, id, @event.Sequence, token)
                && await FoldAgainAsync(connection, id, upTo, token) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private async Task<Failure?> GoOnAsync(NpgsqlConnection connection, string documentId, long parkedAt, long upTo, CancellationToken token)
    {
        var stored = (await new DocumentProjector(projection, projection.Document.Sql).LoadAsync(connection, [documentId], token))[documentId];
        if (!stored.IsReadable || parkedAt <= stored.Version || await MissedLateEventsAsync(connection, parkedAt, token))
            return await FoldAgainAsync(connection, documentId, upTo, token);

        await DocumentHistory.FoldOntoAsync(connection, projection, Store.Events, stored, stored.Version + 1, upTo, token);
        if (stored.Failure is null && DocumentRow.Of(stored, projection.Document) is { } row)
            await WriteAsync(connection, row, token);

        return stored.Failure;
    }

    /// <summary>The repair of late events passes parked documents by.</summary>
    private static async Task<bool> MissedLateEventsAsync(NpgsqlConnection connection, long before, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select exists (select from es.late_events where seq_id < $1)", connection) { Parameters = { new() { Value = before } } };
        return await command.ExecuteScalarAsync(token) is true;
    }

    /// <returns>What failed; then nothing was written.</returns>
    public async Task<Failure?> FoldAgainAsync(NpgsqlConnection connection, string documentId, long upTo, CancellationToken token)
    {
        var folded = await DocumentHistory.FoldAsync(connection, projection, Store.Events, documentId, upTo, token);
        var row = folded.Failure is null ? DocumentRow.Of(folded, projection.Document) : null;
        if (folded.Failure is not null)
            return folded.Failure;

        await WriteAsync(connection, row ?? Gone(documentId), token);
        return null;
    }

    /// <summary>As <see cref="FoldAgainAsync"/> of all events, and what the database refuses fails too, without an end of the connection's transaction.</summary>
    public async Task<Failure?> FoldAgainWithinAsync(NpgsqlConnection connection, string documentId, CancellationToken token)
    {
        var folded = await DocumentHistory.FoldAsync(connection, projection, Store.Events, documentId, long.MaxValue, token);
        var row = folded.Failure is null ? DocumentRow.Of(folded, projection.Document) : null;
        if (folded.Failure is not null)
            return folded.Failure;

        var changes = new DocumentChanges(projection.Document, projection.Document.Sql, [row ?? Gone(documentId)], [], []);
        return await PageWriter.WriteWithinAsync(connection, changes, token) is [var refused, ..] ? refused : null;
    }

    private static DocumentRow Gone(string documentId) => new(documentId, null, 0, [], 0);

    private async Task WriteAsync(NpgsqlConnection connection, DocumentRow row, CancellationToken token)
    {
        await using var batch = new NpgsqlBatch(connection);
        DocumentRows.AddTo(batch, projection.Document, projection.Document.Sql, [row]);
        await batch.ExecuteNonQueryAsync(token);
    }
}
