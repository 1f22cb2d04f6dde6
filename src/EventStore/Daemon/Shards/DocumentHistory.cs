using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>Folds one document from its first event.</summary>
internal static class DocumentHistory
{
    // Events of an archived stream belong to the history of its own document, whatever pages leave out.
    private const string OfStream = $"""
        select {EventRows.Columns} from public.mt_events e
        where e.stream_id = $3 and e.type = any($1) and e.seq_id <= $2 and e.seq_id >= $4 order by e.version
        """;

    private const string OfLog = $"select {EventRows.Columns} from public.mt_events e where e.type = any($1) and e.seq_id <= $2";

    /// <param name="connection">To read the events with.</param>
    /// <param name="projection">Whose document.</param>
    /// <param name="events">The known event types.</param>
    /// <param name="id">The document.</param>
    /// <param name="upTo">The last number to take in.</param>
    /// <param name="token">Cancels the read.</param>
    /// <returns>The document; with its failure when an event failed, as it was before that.</returns>
    public static async Task<FoldedDocument> FoldAsync(
        NpgsqlConnection connection, DocumentProjectionModel projection, EventGraph events, string id, long upTo, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(projection.IsMultiStream ? $"{OfLog} {projection.ArchivedFilter} order by e.seq_id" : OfStream, connection)
        {
            CommandTimeout = 0, // the log of a document of several streams is the whole log
            Parameters =
            {
                new NpgsqlParameter<string[]> { TypedValue = projection.Aliases(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new NpgsqlParameter<long> { TypedValue = upTo },
            },
        };
        if (!projection.IsMultiStream)
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = 0 });
        }

        // Stored: its row may be there, so that a document that is gone is deleted.
        var folded = new FoldedDocument(projection, id, document: null, version: 0, isStored: true);
        await using var reader = await command.ExecuteReaderAsync(token);
        while (folded.Failure is null && await reader.ReadAsync(token))
        {
            if (EventRows.IsEvent(reader))
                Fold(folded, projection, EventPageReader.Read(reader, events, from: 0));
        }

        return folded;
    }

    /// <summary>One event by number.</summary>
    public static async Task<PageEvent> ReadAsync(NpgsqlConnection connection, EventGraph events, long sequence, CancellationToken token)
    {
        await using var command = new NpgsqlCommand($"select {EventRows.Columns} from public.mt_events e where e.seq_id = $1", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = sequence } },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token)
            ? EventPageReader.Read(reader, events, from: 0)
            : throw new InvalidOperationException($"There is no event {sequence}.");
    }

    /// <summary>A stream's events in a range of numbers, both included.</summary>
    public static async Task<IReadOnlyList<PageEvent>> ReadStreamAsync(
        NpgsqlConnection connection, EventGraph events, ProjectionModel projection, string key, long from, long upTo, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(OfStream, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string[]> { TypedValue = projection.Aliases(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new NpgsqlParameter<long> { TypedValue = upTo },
                new NpgsqlParameter<string> { TypedValue = key },
                new NpgsqlParameter<long> { TypedValue = from },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        var read = new List<PageEvent>();
        while (await reader.ReadAsync(token))
            read.Add(EventPageReader.Read(reader, events, from: 0));

        return read;
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
