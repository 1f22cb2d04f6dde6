using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>Folds a document from its first event and replaces its row.</summary>
internal sealed class DocumentResumption(DocumentStore store, DocumentProjectionModel projection) : ParkedResumption(store, projection)
{
    protected override async Task<Failure?> RepairAsync(NpgsqlConnection connection, string documentId, long parkedAt, long upTo, CancellationToken token)
    {
        if (documentId != Failure.UnknownDocumentOf(parkedAt))
            return await FoldAgainAsync(connection, documentId, upTo, token);

        var item = await DocumentHistory.ReadAsync(connection, Store.Events, parkedAt, token);
        if (item.Event is not { } @event)
            return new Failure(documentId, parkedAt, item.Unreadable!); // either the event or the reason is there

        if (!DocumentProjector.TryRoute(projection, @event, out var ids, out var unroutable))
            return new Failure(documentId, parkedAt, unroutable);

        foreach (var id in ids)
        {
            if (await FoldAgainAsync(connection, id, upTo, token) is { } failure)
                return failure;
        }

        return null;
    }

    /// <returns>What failed; then nothing was written.</returns>
    public async Task<Failure?> FoldAgainAsync(NpgsqlConnection connection, string documentId, long upTo, CancellationToken token)
    {
        var folded = await DocumentHistory.FoldAsync(connection, projection, Store.Events, documentId, upTo, token);
        var row = folded.Failure is null ? DocumentRow.Of(folded, projection.Document) : null;
        if (folded.Failure is not null)
            return folded.Failure;

        await using var batch = new NpgsqlBatch(connection);
        DocumentRows.AddTo(batch, projection.Document, projection.Document.Sql, [row ?? new DocumentRow(documentId, null, 0, [], 0)]);
        await batch.ExecuteNonQueryAsync(token);
        return null;
    }
}
