using System.Runtime.CompilerServices;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Streams;

/// <summary>One stored event as the daemon reads it: what could not be read as an event is a fact to deal with, not the end of the page.</summary>
/// <param name="Sequence">Its <c>seq_id</c>.</param>
/// <param name="StreamKey">Its stream.</param>
/// <param name="Event">The event; null when it could not be read.</param>
/// <param name="Error">Why not: <see cref="UnknownEventTypeException"/>, <see cref="JsonException"/> or <see cref="NotSupportedException"/>.</param>
internal readonly record struct EventRow(long Sequence, string? StreamKey, IEvent? Event, Exception? Error);

/// <summary>Which events to read, in order of <c>seq_id</c>.</summary>
/// <param name="Floor">Only above.</param>
/// <param name="Ceiling">Only up to and including.</param>
/// <param name="Aliases">Only of these aliases; null means all.</param>
/// <param name="Limit">At most so many.</param>
/// <param name="IncludesArchived">Whether events of archived streams count.</param>
internal sealed record EventRange(long Floor, long Ceiling, string[]? Aliases, long Limit = long.MaxValue, bool IncludesArchived = true);

/// <summary>Reads the log in order, on a connection (and in a transaction or snapshot) of the caller.</summary>
internal static class EventPage
{
    private const string Sql = $"""
        select {EventRows.Columns} from public.mt_events e
        where e.seq_id > $1 and e.seq_id <= $2 and ($3::varchar[] is null or e.type = any($3)) and ($4 or e.is_archived is not true)
        order by e.seq_id limit $5
        """;

    public static async Task<List<EventRow>> LoadAsync(NpgsqlConnection connection, EventGraph graph, EventRange range, CancellationToken token)
    {
        var page = new List<EventRow>();
        await foreach (var row in StreamAsync(connection, graph, range, token))
            page.Add(row);

        return page;
    }

    /// <summary>The connection is busy until the end of the enumeration. Tombstones are left out.</summary>
    public static async IAsyncEnumerable<EventRow> StreamAsync(
        NpgsqlConnection connection, EventGraph graph, EventRange range, [EnumeratorCancellation] CancellationToken token)
    {
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = range.Floor, NpgsqlDbType = NpgsqlDbType.Bigint },
                new NpgsqlParameter<long> { TypedValue = range.Ceiling, NpgsqlDbType = NpgsqlDbType.Bigint },
                new NpgsqlParameter { Value = (object?)range.Aliases ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new NpgsqlParameter<bool> { TypedValue = range.IncludesArchived, NpgsqlDbType = NpgsqlDbType.Boolean },
                new NpgsqlParameter<long> { TypedValue = range.Limit, NpgsqlDbType = NpgsqlDbType.Bigint },
            },
            CommandTimeout = 0,
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token))
        {
            if (EventRows.IsEvent(reader))
                yield return Read(reader, graph);
        }
    }

    private static EventRow Read(NpgsqlDataReader reader, EventGraph graph)
    {
        var (sequence, key) = (reader.GetInt64(0), EventRows.Text(reader, 13));
        try
        {
            return new EventRow(sequence, key, EventRows.Read(reader, graph), Error: null);
        }
        catch (Exception e) when (e is UnknownEventTypeException or JsonException or NotSupportedException)
        {
            return new EventRow(sequence, key, Event: null, e);
        }
    }
}
