using Npgsql;

namespace EventSourced.EventStore.Projections;

/// <summary>Runs inline projections for what a session is about to append; their changes join the same save.</summary>
internal sealed class InlineProjections(DocumentSession session)
{
    private readonly DocumentStore store = session.Owner;

    /// <param name="appends">What is appended; afterwards every version that a projection sees is known.</param>
    /// <param name="operations">Takes the documents to write.</param>
    /// <param name="token">Cancels the read of what is not known yet.</param>
    public async Task RunAsync(IReadOnlyList<StreamAppend> appends, List<Operation> operations, CancellationToken token)
    {
        await ReadMissingAsync(appends, token);
        foreach (var projection in store.Projections.InlineDocuments) // neighbours on one table become one statement
        {
            foreach (var append in appends)
                Fold(append, projection, operations);
        }

        foreach (var append in appends)
            Project(append);
    }

    private static void Fold(StreamAppend append, DocumentProjectionModel projection, List<Operation> operations)
    {
        if (!Takes(projection, append))
            return;

        append.Inline ??= [];
        var before = append.Inline.GetValueOrDefault(projection);
        if (before.Version > append.Base)
            throw new EventStreamUnexpectedMaxEventIdException(append.Key, append.Base ?? 0, before.Version);

        var after = before;
        foreach (var @event in append.Events.Where(e => projection.Handles(e.EventType)))
            after = after with { Document = projection.Evolve(after.Document, @event, append.Key), Version = @event.Version }; // not the append's last event: a rebuild sees no others

        append.Inline[projection] = after;
        if (after.Document is { } document)
        {
            operations.Add(new StoreOperation(projection.Document, append.Key, document, after.Version, after.Table));
            return;
        }

        if (before.Document is not null)
            operations.Add(new DeleteOperation(projection.Document, append.Key));

        if (before.Table != 0)
            operations.Add(new SameTableOperation(projection.Document, before.Table));
    }

    private void Project(StreamAppend append)
    {
        foreach (var @event in append.Events)
        {
            foreach (var projection in store.Projections.InlineEvents)
                projection.Project(@event, session);
        }
    }

    private async Task ReadMissingAsync(IReadOnlyList<StreamAppend> appends, CancellationToken token)
    {
        var unknown = appends.Where(a => a.Base is null && IsProjected(a)).ToList();
        var documents = store.Projections.InlineDocuments
            .Select(p => (Projection: p, Appends: appends.Where(a => a.Expected != StreamAppend.New && Takes(p, a) && a.Inline?.ContainsKey(p) != true).ToList()))
            .Where(missing => missing.Appends.Count > 0).ToList();
        if (unknown.Count == 0 && documents.Count == 0)
            return;

        await using var lease = await session.LeaseAsync(token);
        await using var batch = lease.Connection.CreateBatch();
        if (unknown.Count > 0)
            batch.BatchCommands.Add(StreamStates.Command([.. unknown.Select(a => a.Key)]));

        foreach (var (projection, missing) in documents)
            batch.BatchCommands.Add(InlineReader.Command(projection, [.. missing.Select(a => a.Key)]));

        var byKey = appends.ToDictionary(a => a.Key, StringComparer.Ordinal);
        await using var reader = await batch.ExecuteReaderAsync(token);
        if (unknown.Count > 0)
        {
            await StreamStates.ExpectAsync(reader, unknown, token);
            await reader.NextResultAsync(token);
        }

        foreach (var (projection, missing) in documents)
        {
            await InlineReader.ReadAsync(reader, projection, store.Events, key => byKey[key], token);
            foreach (var aggregate in missing.Select(a => a.Aggregate).OfType<Type>())
                store.InlineHints.Learn(aggregate, projection);

            await reader.NextResultAsync(token);
        }
    }

    private bool IsProjected(StreamAppend append) => store.Projections.All.Any(p => p.Lifecycle is ProjectionLifecycle.Inline && Takes(p, append));

    private static bool Takes(ProjectionModel projection, StreamAppend append) => append.Events.Any(e => projection.Handles(e.EventType));
}
