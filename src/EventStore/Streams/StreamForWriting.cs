using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Streams;

/// <summary>
/// Reads what a decision on a stream and its append need, in one round trip: version, aggregate, and the stream's other inline documents, so that the
/// save has nothing left to read.
/// </summary>
internal sealed class StreamForWriting(QuerySession session)
{
    private readonly DocumentStore store = session.Owner;

    /// <returns>The aggregate. <paramref name="append"/> then expects the version read.</returns>
    public async Task<object?> ReadAsync(StreamAppend append, Type aggregate, CancellationToken token)
    {
        var inline = store.Projections.InlineOf(aggregate);
        var others = store.InlineHints.For(aggregate).Where(p => p != inline).ToList();
        await using var lease = await session.LeaseAsync(token);
        await using var batch = new NpgsqlBatch(lease.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(inline is null ? StreamSql.ForWriting : inline.ForWritingSql)
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = append.Key, NpgsqlDbType = NpgsqlDbType.Varchar } },
                },
            },
        };
        foreach (var projection in others)
            batch.BatchCommands.Add(InlineReader.Command(projection, [append.Key]));

        await using var reader = await batch.ExecuteReaderAsync(token);
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
        return state?.Document;
    }
}
