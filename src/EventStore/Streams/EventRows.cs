using Npgsql;

namespace EventSourced.EventStore.Streams;

/// <summary>Reads rows of <c>mt_events</c>. Columns are always named: Marten may add or drop some.</summary>
internal static class EventRows
{
    /// <summary>In the order <see cref="Read"/> takes them, of table alias <c>e</c>.</summary>
    public const string Columns =
        "e.seq_id, e.version, e.data, e.type, e.mt_dotnet_type, e.id, e.timestamp, e.correlation_id, e.causation_id, e.headers, e.user_name, e.is_archived, e.bdata, e.stream_id";

    /// <summary>The same columns, those of metadata empty: for folds that take nothing but bodies, which is cheaper to send and to read.</summary>
    public const string WithoutMetadata =
        "e.seq_id, e.version, e.data, e.type, null::varchar, null::uuid, null::timestamptz, null::varchar, null::varchar, null::jsonb, null::varchar, null::boolean, e.bdata, e.stream_id";

    /// <summary>Whether the row at the reader is one to hand on: tombstones only hold a number, and a left join may have found no event.</summary>
    public static bool IsEvent(NpgsqlDataReader row, int from = 0) => !row.IsDBNull(from) && row.GetString(from + 3) != EventGraph.Tombstone;

    /// <summary>The event of the row at the reader.</summary>
    /// <param name="row">Columns beginning at <paramref name="from"/> are <see cref="Columns"/>.</param>
    /// <param name="graph">The known types.</param>
    /// <param name="from">Position of the first of the columns.</param>
    /// <exception cref="UnknownEventTypeException">Neither alias nor .NET name is known here.</exception>
    /// <exception cref="NotSupportedException">The body is binary, which no serializer here reads.</exception>
    public static StoredEvent Read(NpgsqlDataReader row, EventGraph graph, int from = 0)
    {
        var alias = row.GetString(from + 3);
        if (!row.IsDBNull(from + 12))
            throw new NotSupportedException($"Event {row.GetInt64(from)} ('{alias}') has a binary body.");

        var stored = graph.Read(alias, Text(row, from + 4), row.GetFieldValue<byte[]>(from + 2));
        stored.Sequence = row.GetInt64(from);
        stored.Version = row.GetInt64(from + 1);
        stored.StreamKey = Text(row, from + 13);
        if (!row.IsDBNull(from + 5))
            ReadMetadata(stored, row, from);

        return stored;
    }

    private static void ReadMetadata(StoredEvent stored, NpgsqlDataReader row, int from)
    {
        stored.Id = row.GetGuid(from + 5);
        stored.Timestamp = Time(row, from + 6);
        stored.CorrelationId = Text(row, from + 7);
        stored.CausationId = Text(row, from + 8);
        stored.UserName = Text(row, from + 10);
        stored.IsArchived = !row.IsDBNull(from + 11) && row.GetBoolean(from + 11);
        if (!row.IsDBNull(from + 9))
            stored.SetUnreadHeaders(row.GetFieldValue<byte[]>(from + 9));
    }

    /// <summary>As UTC; Marten's tombstones and foreign tools write <c>-infinity</c>, which becomes the smallest time.</summary>
    public static DateTimeOffset Time(NpgsqlDataReader row, int column) => new(DateTime.SpecifyKind(row.GetDateTime(column), DateTimeKind.Utc));

    public static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
