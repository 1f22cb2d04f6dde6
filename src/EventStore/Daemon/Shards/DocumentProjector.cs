using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using EventSourced.EventStore.Daemon.Parking;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>Folds pages into documents: each is loaded once and written once a page.</summary>
internal sealed class DocumentProjector(DocumentProjectionModel projection, DocumentSql sql, EventGraph events) : IPageProjector
{
    public ProjectionModel Projection => projection;

    public async Task<PageChanges> ProjectAsync(
        NpgsqlConnection connection, IReadOnlyList<PageEvent> page, IReadOnlySet<string> parked, CancellationToken token)
    {
        var failures = new List<Failure>();
        var routed = Route(projection, page, parked, failures);
        var documents = await LoadAsync(connection, [.. routed.SelectMany(r => r.Ids).Distinct(StringComparer.Ordinal)], token);
        foreach (var (@event, ids) in routed)
        {
            foreach (var id in ids)
                documents[id].Fold(@event);
        }

        return await FinishAsync(connection, documents.Values, failures, token);
    }

    /// <summary>The documents of each event; those of an event that cannot be read or routed are parked as unknown.</summary>
    public static List<(IEvent Event, IReadOnlyList<string> Ids)> Route(
        DocumentProjectionModel projection, IReadOnlyList<PageEvent> page, IReadOnlySet<string> parked, List<Failure> failures)
    {
        var routed = new List<(IEvent, IReadOnlyList<string>)>(page.Count);
        var stopped = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in page)
        {
            var ids = IdsOf(projection, item, parked, failures, stopped);
            if (item.Event is { } @event && ids.Count > 0)
                routed.Add((@event, parked.Count + stopped.Count == 0 ? ids : [.. ids.Where(id => !parked.Contains(id) && !stopped.Contains(id))]));
        }

        return routed;
    }

    /// <summary>The documents of an event, unless the projection's own code fails to say them.</summary>
    public static bool TryRoute(
        DocumentProjectionModel projection, IEvent @event, [NotNullWhen(true)] out IReadOnlyList<string>? ids, [NotNullWhen(false)] out Exception? unroutable)
    {
        try
        {
            (ids, unroutable) = (projection.IdentitiesOf(@event), null);
            return true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            (ids, unroutable) = (null, failure);
            return false;
        }
    }

    public async Task<Dictionary<string, FoldedDocument>> LoadAsync(NpgsqlConnection connection, string[] ids, CancellationToken token)
    {
        var documents = new Dictionary<string, FoldedDocument>(ids.Length, StringComparer.Ordinal);
        if (ids.Length == 0)
            return documents;

        await using var command = new NpgsqlCommand(sql.LoadVersioned, connection)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar } },
        };
        await using (var reader = await command.ExecuteReaderAsync(token))
        {
            while (await reader.ReadAsync(token))
            {
                var id = reader.GetString(0);
                documents[id] = Read(id, reader.GetFieldValue<byte[]>(1), reader.GetInt64(2));
            }
        }

        foreach (var id in ids)
            documents.TryAdd(id, new FoldedDocument(projection, id, document: null, version: 0, isStored: false));

        return documents;
    }

    /// <summary>A body that cannot be read fails at the document's next event.</summary>
    private FoldedDocument Read(string id, byte[] json, long version)
    {
        try
        {
            return new FoldedDocument(projection, id, projection.Document.Deserialize(json), version, isStored: true);
        }
        catch (Exception broken) when (broken is JsonException or NotSupportedException)
        {
            return new FoldedDocument(projection, id, document: null, version, isStored: true, broken);
        }
    }

    private static IReadOnlyList<string> IdsOf(
        DocumentProjectionModel projection, PageEvent item, IReadOnlySet<string> parked, List<Failure> failures, HashSet<string> stopped)
    {
        if (item.Event is { } @event)
        {
            if (TryRoute(projection, @event, out var ids, out var unroutable))
                return ids;

            failures.Add(new Failure(Failure.UnknownDocumentOf(item.Sequence), item.Sequence, unroutable));
            return [];
        }

        // Of a single-stream projection the document is known even so, and must not miss the event and go on.
        var id = projection.IsMultiStream ? Failure.UnknownDocumentOf(item.Sequence) : item.StreamKey;
        if (!parked.Contains(id) && stopped.Add(id))
            failures.Add(new Failure(id, item.Sequence, item.Unreadable!)); // either the event or the reason is there

        return [];
    }

    private async Task<PageChanges> FinishAsync(
        NpgsqlConnection connection, IEnumerable<FoldedDocument> documents, List<Failure> failures, CancellationToken token)
    {
        var rows = new List<DocumentRow>();
        foreach (var folded in documents)
        {
            if (folded.Failure is { } failure && projection.Aggregate.ChangesInPlace && folded.IsChanged)
                folded.Restore(await DocumentHistory.FoldAsync(connection, projection, events, folded.Id, failure.Sequence - 1, token));

            if (DocumentRow.Of(folded, projection.Document) is { } row)
                rows.Add(row);

            if (folded.Failure is not null)
                failures.Add(folded.Failure);
        }

        rows.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        return new DocumentChanges(projection.Document, sql, rows, failures);
    }
}

/// <summary>Documents to write, in key order.</summary>
internal sealed class DocumentChanges(DocumentMapping mapping, DocumentSql sql, IReadOnlyList<DocumentRow> rows, IReadOnlyList<Failure> failures)
    : PageChanges(failures)
{
    public override void AddTo(NpgsqlBatch batch) => DocumentRows.AddTo(batch, mapping, sql, rows);

    public override IEnumerable<PageChange> Pieces() =>
        rows.Select(row => new PageChange(row.Id, row.Sequence, batch => DocumentRows.AddTo(batch, mapping, sql, [row])));
}
