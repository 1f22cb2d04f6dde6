using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Shards;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>Builds a projection's documents from event 1: one ordered read, folded in bounded memory, each document written once where they fit.</summary>
/// <param name="store">The store.</param>
/// <param name="projection">Whose documents.</param>
/// <param name="sql">The table that is built.</param>
/// <param name="stops">Documents that stop before an event, and at which.</param>
/// <param name="withArchived">Whether events of archived streams count, whatever the projection says.</param>
internal sealed class DocumentBuilder(
    DocumentStore store, DocumentProjectionModel projection, DocumentSql sql, IReadOnlyDictionary<string, long> stops, bool withArchived = false)
{
    private const int CachedAtMost = 200_000;
    private const int ChunkSize = 1_000;

    private string Read => $"""
        select {projection.EventColumns} from public.mt_events e where e.type = any($1) and e.seq_id <= $2 {(withArchived ? "" : projection.ArchivedFilter)} order by e.seq_id
        """;

    private readonly DocumentCache cache = new(CachedAtMost);
    private readonly DocumentProjector projector = new(projection, sql);
    private readonly DocumentSink sink = new(projection.Document, sql);
    private readonly Dictionary<string, Failure> failures = new(StringComparer.Ordinal);
    private bool hasSpilled;

    /// <param name="source">Where the events are read, in whatever snapshot it has.</param>
    /// <param name="target">Where the documents are written.</param>
    /// <param name="upTo">The last number to take in.</param>
    /// <param name="token">Cancels the build.</param>
    /// <returns>The documents that stopped at an event that failed.</returns>
    public async Task<IReadOnlyCollection<Failure>> BuildAsync(NpgsqlConnection source, NpgsqlConnection target, long upTo, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(Read, source)
        {
            CommandTimeout = 0, // as long as the log is
            Parameters =
            {
                new NpgsqlParameter<string[]> { TypedValue = projection.Aliases(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new NpgsqlParameter<long> { TypedValue = upTo },
            },
        };
        await using (var reader = await command.ExecuteReaderAsync(token))
            await FoldAllAsync(reader, target, token);

        await WriteAsync(cache.Age(), target, token);
        await WriteAsync(cache.Age(), target, token);
        return failures.Values;
    }

    /// <summary>One chunk is folded while the next is read.</summary>
    private async Task FoldAllAsync(NpgsqlDataReader reader, NpgsqlConnection target, CancellationToken token)
    {
        var folding = Task.CompletedTask;
        try
        {
            var chunk = new List<PageEvent>(ChunkSize);
            while (await reader.ReadAsync(token))
            {
                chunk.Add(EventPageReader.Read(reader, store.Events, from: 0));
                if (chunk.Count < ChunkSize)
                    continue;

                await folding;
                var full = chunk;
                chunk = new List<PageEvent>(ChunkSize);
                folding = Task.Run(() => FoldAsync(full, target, token), token);
            }

            await folding;
            await FoldAsync(chunk, target, token);
        }
        finally
        {
            // When the read fails, nobody may still write to a connection that is about to be closed.
            await folding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FoldAsync(IReadOnlyList<PageEvent> chunk, NpgsqlConnection target, CancellationToken token)
    {
        var unknown = new List<Failure>();
        var routed = DocumentProjector.Route(projection, chunk, failures.Keys.ToHashSet(StringComparer.Ordinal), unknown);
        foreach (var failure in unknown.Where(f => !Stops(f.DocumentId, f.Sequence)))
            failures.TryAdd(failure.DocumentId, failure);

        if (hasSpilled)
            await LoadAsync(routed, target, token);

        foreach (var (@event, ids) in routed)
        {
            for (var n = 0; n < ids.Count; n++)
            {
                if (!Stops(ids[n], @event.Sequence))
                    Fold(ids[n], @event);
            }
        }

        if (cache.IsFull)
            await WriteAsync(cache.Age(), target, token);
    }

    private void Fold(string id, IEvent @event)
    {
        if (cache.Find(id) is not { } document)
            cache.Add(document = new FoldedDocument(projection, id, document: null, version: 0, isStored: false));

        document.Fold(@event);
        if (document.Failure is { } failure)
            failures.TryAdd(id, failure);
    }

    private bool Stops(string id, long sequence) =>
        stops.Count > 0 && (stops.TryGetValue(id, out var at) && sequence >= at || stops.ContainsKey(Failure.UnknownDocumentOf(sequence)));

    /// <summary>Brings documents back that were written out before.</summary>
    private async Task LoadAsync(List<(IEvent Event, IReadOnlyList<string> Ids)> routed, NpgsqlConnection target, CancellationToken token)
    {
        var missing = routed.SelectMany(r => r.Ids).Distinct(StringComparer.Ordinal).Where(id => cache.Find(id) is null).ToArray();
        foreach (var document in (await projector.LoadAsync(target, missing, token)).Values)
            cache.Add(document);
    }

    private async Task WriteAsync(IReadOnlyCollection<FoldedDocument> documents, NpgsqlConnection target, CancellationToken token)
    {
        var (created, changed) = (new List<DocumentRow>(documents.Count), new List<DocumentRow>());
        foreach (var document in documents)
        {
            if (document.Failure is { } failure && projection.Aggregate.ChangesInPlace && document.IsChanged)
                document.Restore(await DocumentHistory.FoldAsync(target, projection, store.Events, document.Id, failure.Sequence - 1, token));

            if (DocumentRow.Of(document, projection.Document) is { } row)
                (document.IsStored ? changed : created).Add(row);
            else if (document.Failure is { } unwritable)
                failures.TryAdd(document.Id, unwritable);
        }

        created.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        changed.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        foreach (var refused in await sink.WriteAsync(target, created, changed, token))
            failures.TryAdd(refused.DocumentId, refused);

        hasSpilled = true;
    }
}
