using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using EventSourced.EventStore.Daemon.Parking;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>Folds pages into documents: each is loaded once and written once a page.</summary>
/// <param name="projection">The projection.</param>
/// <param name="sql">The table it writes.</param>
/// <param name="archives">Whether an <see cref="Archived"/> event, which only a foreign writer leaves to the daemon, archives its stream.</param>
internal sealed class DocumentProjector(DocumentProjectionModel projection, DocumentSql sql, bool archives = false) : IPageProjector
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

        await RestoreAsync(connection, documents, routed, token);
        return Finish(documents.Values, failures, archives ? [.. page.Where(item => item.Event?.Data is Archived)] : []);
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
            (ids, unroutable) = (Storable(projection.IdentitiesOf(@event)), null);
            return true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            (ids, unroutable) = (null, failure);
            return false;
        }
    }

    private static IReadOnlyList<string> Storable(IReadOnlyList<string> ids)
    {
        foreach (var id in ids)
        {
            if (!Failure.IsStorable(id))
                throw new InvalidOperationException("The id of a document is longer than 2000 bytes, or holds a zero.");
        }

        return ids;
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

    /// <summary>A document that events change in place may be half changed by the one that failed: the stored one is folded again, up to there.</summary>
    private async Task RestoreAsync(
        NpgsqlConnection connection, Dictionary<string, FoldedDocument> documents, List<(IEvent Event, IReadOnlyList<string> Ids)> routed, CancellationToken token)
    {
        var broken = projection.Aggregate.ChangesInPlace ? documents.Values.Where(d => d.Failure is not null && d.IsChanged).ToList() : [];
        if (broken.Count == 0)
            return;

        var again = await LoadAsync(connection, [.. broken.Select(d => d.Id)], token);
        foreach (var (@event, ids) in routed)
        {
            foreach (var id in ids)
            {
                if (again.TryGetValue(id, out var document) && @event.Sequence < documents[id].Failure!.Sequence) // only broken ones are there
                    document.Fold(@event);
            }
        }

        broken.ForEach(d => d.Restore(again[d.Id]));
    }

    private DocumentChanges Finish(IEnumerable<FoldedDocument> documents, List<Failure> failures, IReadOnlyList<PageEvent> archived)
    {
        var rows = new List<DocumentRow>();
        foreach (var folded in documents)
        {
            if (DocumentRow.Of(folded, projection.Document) is { } row)
                rows.Add(row);

            if (folded.Failure is not null)
                failures.Add(folded.Failure);
        }

        rows.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        return new DocumentChanges(projection.Document, sql, rows, archived, failures);
    }
}

/// <summary>Documents to write, in key order, and streams to archive.</summary>
internal sealed class DocumentChanges(
    DocumentMapping mapping, DocumentSql sql, IReadOnlyList<DocumentRow> rows, IReadOnlyList<PageEvent> archived, IReadOnlyList<Failure> failures)
    : PageChanges(failures)
{
    public override void AddTo(NpgsqlBatch batch)
    {
        DocumentRows.AddTo(batch, mapping, sql, rows);
        OperationCommands.AddTo(batch, [.. archived.SelectMany(item => StreamArchive.Of(item.StreamKey))]);
    }

    public override IEnumerable<PageChange> Pieces() =>
    [
        .. rows.Select(row => new PageChange(row.Id, row.Sequence, batch => DocumentRows.AddTo(batch, mapping, sql, [row]))),
        .. archived.Select(item => new PageChange(item.StreamKey, item.Sequence, batch => OperationCommands.AddTo(batch, StreamArchive.Of(item.StreamKey)))),
    ];
}
