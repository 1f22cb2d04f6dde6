using Npgsql;

namespace EventSourced.EventStore.Streams;

/// <summary>
/// Reads what a decision on a stream and its append need, in one round trip: version, aggregate, and the stream's other inline documents, so that the
/// save has nothing left to read.
/// </summary>
internal sealed class StreamForWriting(QuerySession session)
{
    private readonly DocumentStore store = session.Owner;

    /// <returns>The aggregate. <paramref name="append"/> then expects the version read.</returns>
    public Task<object?> ReadAsync(StreamAppend append, Type aggregate, CancellationToken token) => ReadAsync(async isWhole =>
    {
        await using var lease = await session.LeaseAsync(token);
        await using var batch = lease.Connection.CreateBatch();
        var others = AddTo(batch, aggregate, append.Key, isWhole);
        await using var reader = await batch.ExecuteReaderAsync(token);
        return await ReadAsync(reader, append, aggregate, others, token);
    });

    /// <summary>As <see cref="ReadAsync(StreamAppend, Type, CancellationToken)"/> of several streams, still in one round trip.</summary>
    public async Task ReadAsync(IReadOnlyList<StreamRead> reads, CancellationToken token)
    {
        var aggregates = await ReadAsync(isWhole => ReadManyAsync(reads, isWhole, token));
        for (var n = 0; n < reads.Count; n++)
            reads[n].Complete(aggregates[n]);
    }

    /// <summary>Bodies alone where they are enough; an alias that is not known may be of a type that the .NET name says, and that is metadata.</summary>
    private static async Task<T> ReadAsync<T>(Func<bool, Task<T>> read)
    {
        try
        {
            return await read(false);
        }
        catch (UnknownEventTypeException)
        {
            return await read(true);
        }
    }

    private async Task<object?[]> ReadManyAsync(IReadOnlyList<StreamRead> reads, bool isWhole, CancellationToken token)
    {
        await using var lease = await session.LeaseAsync(token);
        await using var batch = lease.Connection.CreateBatch();
        var groups = Alike(reads).ToList();
        var others = groups.ConvertAll(group => group is [var only] ? AddTo(batch, only.Aggregate, only.Append.Key, isWhole) : AddManyTo(batch, group, isWhole));
        await using var reader = await batch.ExecuteReaderAsync(token);
        var aggregates = new Dictionary<StreamRead, object?>(reads.Count);
        for (var n = 0; n < groups.Count; n++)
        {
            if (groups[n] is [var only])
                aggregates[only] = await ReadAsync(reader, only.Append, only.Aggregate, others[n], token);
            else
                await ReadGroupAsync(reader, groups[n], others[n], aggregates, token);

            await reader.NextResultAsync(token);
        }

        return [.. reads.Select(read => aggregates[read])];
    }

    /// <summary>Those that fold events into the same state are read by one statement; a state that is kept inline has one with its own document.</summary>
    private IEnumerable<StreamRead[]> Alike(IReadOnlyList<StreamRead> reads)
    {
        foreach (var alike in reads.GroupBy(read => read.Aggregate))
        {
            if (store.Projections.InlineOf(alike.Key) is null && alike.DistinctBy(read => read.Append.Key).Count() == alike.Count())
            {
                yield return [.. alike];
                continue;
            }

            foreach (var read in alike)
                yield return [read];
        }
    }

    private List<DocumentProjectionModel> AddManyTo(NpgsqlBatch batch, StreamRead[] alike, bool isWhole)
    {
        var aggregate = alike[0].Aggregate;
        var keys = Array.ConvertAll(alike, read => read.Append.Key);
        var others = store.InlineHints.For(aggregate).ToList();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(isWhole || TakesMetadata(aggregate) ? StreamSql.ManyForWriting : StreamSql.ManyForWritingBodies)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = keys }, new NpgsqlParameter<long> { TypedValue = keys.Length } },
        });
        foreach (var projection in others)
            batch.BatchCommands.Add(InlineReader.Command(projection, keys));

        return others;
    }

    private async Task ReadGroupAsync(
        NpgsqlDataReader reader, StreamRead[] alike, List<DocumentProjectionModel> others, Dictionary<StreamRead, object?> aggregates, CancellationToken token)
    {
        var appends = alike.ToDictionary(read => read.Append.Key, read => read.Append, StringComparer.Ordinal);
        var folds = alike.ToDictionary(read => read.Append.Key, read => new LiveFold(store.Projections.AggregateOf(read.Aggregate), state: null), StringComparer.Ordinal);
        foreach (var append in appends.Values)
        {
            append.Inline = null;
            append.Expect(StreamAppend.New);
        }

        while (await reader.ReadAsync(token))
        {
            var key = reader.GetString(0);
            appends[key].Expect(reader.GetInt64(1));
            if (EventRows.IsEvent(reader, 2))
                folds[key].Add(EventRows.Read(reader, store.Events, 2));
        }

        foreach (var projection in others)
        {
            await reader.NextResultAsync(token);
            await InlineReader.ReadAsync(reader, projection, store.Events, key => appends[key], token);
        }

        foreach (var read in alike)
            aggregates[read] = folds[read.Append.Key].Result(read.Append.Key);
    }

    private List<DocumentProjectionModel> AddTo(NpgsqlBatch batch, Type aggregate, string key, bool isWhole)
    {
        var inline = store.Projections.InlineOf(aggregate);
        var others = store.InlineHints.For(aggregate).Where(p => p != inline).ToList();
        batch.BatchCommands.Add(ForWriting(aggregate, inline, key, isWhole));
        foreach (var projection in others)
            batch.BatchCommands.Add(InlineReader.Command(projection, [key]));

        return others;
    }

    private NpgsqlBatchCommand ForWriting(Type aggregate, DocumentProjectionModel? inline, string key, bool isWhole)
    {
        var events = isWhole || TakesMetadata(aggregate) ? StreamSql.ForWriting : StreamSql.ForWritingBodies;
        return new NpgsqlBatchCommand(inline?.InlineSql.ForWriting ?? events) { Parameters = { new NpgsqlParameter<string> { TypedValue = key } } };
    }

    private bool TakesMetadata(Type aggregate) => store.Projections.AggregateOf(aggregate).ReadsMetadata || store.Events.SharesAliases;

    private async Task<object?> ReadAsync(
        NpgsqlDataReader reader, StreamAppend append, Type aggregate, List<DocumentProjectionModel> others, CancellationToken token)
    {
        var inline = store.Projections.InlineOf(aggregate);
        append.Inline = null; // what an earlier read found is of its version
        var state = inline is null
            ? await ReadEventsAsync(reader, append, aggregate, token)
            : await ReadInlineAsync(reader, append, inline, token);
        foreach (var projection in others)
        {
            await reader.NextResultAsync(token);
            await InlineReader.ReadAsync(reader, projection, store.Events, _ => append, token);
        }

        return state;
    }

    private async Task<object?> ReadEventsAsync(NpgsqlDataReader reader, StreamAppend append, Type aggregate, CancellationToken token)
    {
        var fold = new LiveFold(store.Projections.AggregateOf(aggregate), state: null);
        long? version = null;
        while (await reader.ReadAsync(token))
        {
            version ??= reader.GetInt64(0);
            if (EventRows.IsEvent(reader, 1))
                fold.Add(EventRows.Read(reader, store.Events, 1));
        }

        append.Expect(version ?? StreamAppend.New);
        return fold.Result(append.Key);
    }

    private async Task<object?> ReadInlineAsync(NpgsqlDataReader reader, StreamAppend append, DocumentProjectionModel inline, CancellationToken token)
    {
        InlineState? state = null;
        long? version = null;
        while (await reader.ReadAsync(token))
        {
            version ??= reader.GetInt64(0);
            state = InlineReader.Next(state, inline, reader, append.Key, store.Events);
        }

        append.Expect(version ?? StreamAppend.New);
        append.Inline ??= [];
        append.Inline[inline] = state ?? default;
        return state?.Document is { } document && inline.Aggregate.ChangesInPlace
            ? inline.Document.Deserialize(inline.Document.Serialize(document)) // the caller may fold onto it, and so will the save
            : state?.Document;
    }
}
