using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>Runs an event projection's SQL for what a stream missed since it was parked, or for one event that was.</summary>
internal sealed class StreamResumption(DocumentStore store, EventProjectionModel projection) : ParkedResumption(store, projection)
{
    private readonly EventProjector projector = new(projection, store);

    protected override async Task<Failure?> RepairAsync(NpgsqlConnection connection, string documentId, long parkedAt, long upTo, CancellationToken token)
    {
        IReadOnlyList<PageEvent> missed = documentId == Failure.UnknownDocumentOf(parkedAt)
            ? await DocumentHistory.ReadAsync(connection, Store.Events, parkedAt, token) is { } one ? [one] : []
            : await DocumentHistory.ReadStreamAsync(connection, Store.Events, projection, documentId, parkedAt, upTo, token);
        var changes = await projector.ProjectAsync(connection, missed, new HashSet<string>(), token);
        if (changes.Failures is [var failure, ..])
            return failure;

        return await PageWriter.WritePiecesAsync(connection, changes, token) is [var refused, ..] ? refused : null;
    }
}
