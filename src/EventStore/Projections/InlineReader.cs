using Npgsql;

namespace EventSourced.EventStore.Projections;

/// <summary>
/// Reads inline documents for their next event. A document that lags (its stream got events from a writer without our projections) is brought up by the
/// events it does not reflect, read in the same statement.
/// </summary>
internal static class InlineReader
{
    /// <summary>Position of the first event column.</summary>
    private const int EventAt = 4;

    /// <param name="projection">Whose documents.</param>
    /// <param name="keys">Of which streams.</param>
    public static NpgsqlBatchCommand Command(DocumentProjectionModel projection, string[] keys)
    {
        var sql = projection.InlineSql;
        return keys switch
        {
            [var key] => new NpgsqlBatchCommand(sql.OfOne) { Parameters = { new NpgsqlParameter<string> { TypedValue = key } } },
            _ => new NpgsqlBatchCommand(sql.OfMany) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = keys }, new NpgsqlParameter<long> { TypedValue = keys.Length } } },
        };
    }

    public static async Task ReadAsync(
        NpgsqlDataReader reader, DocumentProjectionModel projection, EventGraph events, Func<string, StreamAppend> appendOf, CancellationToken token)
    {
        while (await reader.ReadAsync(token))
        {
            var key = reader.GetString(0);
            var append = appendOf(key);
            append.Inline ??= [];
            InlineState? known = append.Inline.TryGetValue(projection, out var state) ? state : null;
            append.Inline[projection] = Next(known, projection, reader, key, events);
        }
    }

    /// <summary>The state after one more row: <c>any, data, mt_version, table</c>, then the columns of an event or NULLs.</summary>
    public static InlineState Next(InlineState? known, DocumentProjectionModel projection, NpgsqlDataReader row, string key, EventGraph events)
    {
        var state = known ?? (row.IsDBNull(1)
            ? new InlineState(Document: null, Version: 0, row.GetFieldValue<uint>(3))
            : new InlineState(projection.Document.Deserialize(row.GetFieldValue<byte[]>(1)), row.GetInt64(2), row.GetFieldValue<uint>(3)));
        if (!EventRows.IsEvent(row, EventAt))
            return state;

        var missed = EventRows.Read(row, events, EventAt);
        return state with { Document = projection.Evolve(state.Document, missed, key), Version = missed.Version };
    }
}
