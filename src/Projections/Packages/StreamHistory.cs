using System.Text.Json;

namespace EventSourced.Projections.Packages;

/// <summary>One event of the streams that somebody follows.</summary>
/// <param name="Sequence">Its position in the log.</param>
/// <param name="Type">Its name.</param>
/// <param name="Stream">Whose.</param>
/// <param name="At">When.</param>
/// <param name="By">Who.</param>
/// <param name="Data">What it says.</param>
public sealed record HistoryEvent(long Sequence, string Type, string Stream, DateTimeOffset At, string? By, JsonElement Data)
{
    public string? Text(string member) => Member(member) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public int? Number(string member) => Member(member) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;

    private JsonElement? Member(string name) => Data.TryGetProperty(name, out var value) ? value : null;
}

public static class StreamHistory
{
    // Up to the high-water mark: what lies above it may still be joined by an event with a lower number, which a reader that goes on from there would miss.
    private const string Select = """
        select jsonb_build_object('Sequence', e.seq_id, 'Type', e.type, 'Stream', e.stream_id, 'At', e.timestamp, 'By', e.user_name, 'Data', e.data)
        from mt_events e
        where e.seq_id > ? and e.seq_id <= (select p.last_seq_id from mt_event_progression p where p.name = 'HighWaterMark') and e.stream_id = any(?)
        order by e.seq_id limit ?
        """;

    private const string Last = """
        select e.type::text from mt_events e where e.stream_id = ? and e.seq_id <= ? and e.type = any(?) order by e.seq_id desc limit 1
        """;

    /// <summary>The name of a stream's last event of these at or before a position; null when there is none.</summary>
    public static async Task<string?> LastEventAsync(
        this IQuerySession session, string stream, long position, IReadOnlyCollection<string> types, CancellationToken token) =>
        await session.QueryAsync<string>(Last, token, stream, position, types.ToArray()) is [var type] ? type : null;

    /// <summary>Whether the log, as far as its order is final, has come to a position.</summary>
    public static async Task<bool> IsInLogAsync(this IQuerySession session, long position, CancellationToken token) =>
        (await session.QueryAsync<bool>("select exists (select from mt_event_progression where name = 'HighWaterMark' and last_seq_id >= ?)", token, position))[0];

    /// <summary>Events of streams after a position, in the order of the log, as far as that order is final.</summary>
    public static Task<IReadOnlyList<HistoryEvent>> HistoryAsync(
        this IQuerySession session, IReadOnlyCollection<string> streams, long after, int limit, CancellationToken token) =>
        session.QueryAsync<HistoryEvent>(Select, token, after, streams.ToArray(), limit);
}
