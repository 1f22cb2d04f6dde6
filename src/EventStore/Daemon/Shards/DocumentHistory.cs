using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>Folds one document from its first event.</summary>
internal static class DocumentHistory
{

    /// <summary>Folds a document's events onto what is stored of it.</summary>
    /// <param name="connection">To read with.</param>
    /// <param name="projection">Whose document, of several streams.</param>
    /// <param name="events">The known event types.</param>
    /// <param name="stored">The document, all events before <paramref name="from"/> taken in.</param>
    /// <param name="from">The first number to take in.</param>
    /// <param name="upTo">The last.</param>
    /// <param name="token">Cancels the read.</param>
    public static async Task FoldOntoAsync(
        NpgsqlConnection connection, DocumentProjectionModel projection, EventGraph events, FoldedDocument stored, long from, long upTo, CancellationToken token)
    {
        await using var command = OfLogCommand(connection, projection, from, upTo);
        await FoldAllAsync(command, projection, events, stored, token);
    }

    /// <param name="connection">To read the events with.</param>
    /// <param name="projection">Whose document.</param>
    /// <param name="events">The known event types.</param>
    /// <param name="id">The document.</param>
    /// <param name="upTo">The last number to take in.</param>
    /// <param name="token">Cancels the read.</param>
    /// <returns>The document; with its failure when an event failed, as it was before that.</returns>
    /// <remarks>Which streams feed a document of several is known only by routing every event, so for such a one this reads the log of its projection's events.</remarks>
    public static async Task<FoldedDocument> FoldAsync(
        NpgsqlConnection connection, DocumentProjectionModel projection, EventGraph events, string id, long upTo, CancellationToken token)
    {
        // Stored: its row may be there, so that a document that is gone is deleted.
        var folded = new FoldedDocument(projection, id, document: null, version: 0, isStored: true);
        await using var command = projection.IsMultiStream
            ? OfLogCommand(connection, projection, from: 0, upTo)
            : OfStreamCommand(connection, projection, id, from: 0, upTo);
        await FoldAllAsync(command, projection, events, folded, token);
        return folded;
    }

    /// <summary>One event by number; null when it is gone, for compacting deletes events.</summary>
    public static async Task<PageEvent?> ReadAsync(NpgsqlConnection connection, EventGraph events, long sequence, CancellationToken token)
    {
        await using var command = new NpgsqlCommand($"select {EventRows.Columns} from public.mt_events e where e.seq_id = $1", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = sequence } },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token)
            ? EventPageReader.Read(reader, events, from: 0)
            : null;
    }

    /// <summary>A stream's events in a range of numbers, both included.</summary>
    public static async Task<IReadOnlyList<PageEvent>> ReadStreamAsync(
        NpgsqlConnection connection, EventGraph events, ProjectionModel projection, string key, long from, long upTo, CancellationToken token)
    {
        await using var command = OfStreamCommand(connection, projection, key, from, upTo);
        await using var reader = await command.ExecuteReaderAsync(token);
        var read = new List<PageEvent>();
        while (await reader.ReadAsync(token))
            read.Add(EventPageReader.Read(reader, events, from: 0));

        return read;
    }

    /// <summary>Events of an archived stream belong to the history of its own document, whatever pages leave out.</summary>
    private static NpgsqlCommand OfStreamCommand(NpgsqlConnection connection, ProjectionModel projection, string key, long from, long upTo) => new(
        $"""
        select {projection.EventColumns} from public.mt_events e
        where e.stream_id = $3 and e.type = any($1) and e.seq_id <= $2 and e.seq_id >= $4 order by e.version
        """, connection)
    {
        Parameters =
        {
            new NpgsqlParameter<string[]> { TypedValue = projection.Aliases(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
            new NpgsqlParameter<long> { TypedValue = upTo },
            new NpgsqlParameter<string> { TypedValue = key },
            new NpgsqlParameter<long> { TypedValue = from },
        },
    };

    private static NpgsqlCommand OfLogCommand(NpgsqlConnection connection, ProjectionModel projection, long from, long upTo) => new(
        $"""
        select {projection.EventColumns} from public.mt_events e
        where e.type = any($1) and e.seq_id >= $2 and e.seq_id <= $3 {projection.ArchivedFilter} order by e.seq_id
        """, connection)
    {
        CommandTimeout = 0, // as long as the log is
        Parameters =
        {
            new NpgsqlParameter<string[]> { TypedValue = projection.Aliases(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
            new NpgsqlParameter<long> { TypedValue = from },
            new NpgsqlParameter<long> { TypedValue = upTo },
        },
    };

    private static async Task FoldAllAsync(
        NpgsqlCommand command, DocumentProjectionModel projection, EventGraph events, FoldedDocument folded, CancellationToken token)
    {
        await using var reader = await command.ExecuteReaderAsync(token);
        while (folded.Failure is null && await reader.ReadAsync(token))
            Fold(folded, projection, EventPageReader.Read(reader, events, from: 0));
    }

    private static void Fold(FoldedDocument folded, DocumentProjectionModel projection, PageEvent item)
    {
        if (item.Event is not { } @event)
        {
            if (!projection.IsMultiStream)
                folded.Fail(item.Sequence, item.Unreadable!); // either the event or the reason is there
        }
        else if (DocumentProjector.TryRoute(projection, @event, out var ids, out _) && ids.Contains(folded.Id, StringComparer.Ordinal))
        {
            folded.Fold(@event);
        }
    }
}
