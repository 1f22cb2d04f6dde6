using System.Text.Json;
using EventSourced.Domain.Packages;

namespace EventSourced.Projections.Packages;

/// <summary>One event of a build or of one of its tasks.</summary>
/// <param name="Sequence">Its position in the log.</param>
/// <param name="Type">Its name.</param>
/// <param name="Stream">Whose.</param>
/// <param name="At">When.</param>
/// <param name="By">Who.</param>
/// <param name="Data">What it says.</param>
public sealed record BuildHistoryEvent(long Sequence, string Type, string Stream, DateTimeOffset At, string? By, JsonElement Data);

public static class BuildHistory
{
    // Up to the high-water mark: what lies above it may still be joined by an event with a lower number, which a reader that goes on from there would miss.
    private const string Select = """
        select jsonb_build_object('Sequence', e.seq_id, 'Type', e.type, 'Stream', e.stream_id, 'At', e.timestamp, 'By', e.user_name, 'Data', e.data)
        from mt_events e
        where e.seq_id > ? and e.seq_id <= (select p.last_seq_id from mt_event_progression p where p.name = 'HighWaterMark') and e.stream_id = any(?)
        order by e.seq_id limit ?
        """;

    private const string Finished = "select exists (select from mt_events e where e.stream_id = ? and e.type = 'build_finished' and e.seq_id <= ?)";

    /// <summary>Whether the build's end lies at or before a position.</summary>
    public static async Task<bool> IsFinishedAtAsync(this IQuerySession session, BuildId build, long position, CancellationToken token) =>
        (await session.QueryAsync<bool>(Finished, token, build.StreamKey, position))[0];

    /// <summary>Events of a build and its tasks after a position, in the order of the log, as far as that order is final.</summary>
    public static Task<IReadOnlyList<BuildHistoryEvent>> BuildEventsAsync(
        this IQuerySession session, BuildDetails build, long after, int limit, CancellationToken token) =>
        session.QueryAsync<BuildHistoryEvent>(Select, token, after, (string[])[build.Id, .. build.Tasks.Select(t => new BuildTaskId(t).StreamKey)], limit);
}
