using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Shards;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>Runs an event projection over the log from event 1, in transactions of one page each.</summary>
/// <param name="projection">The projection.</param>
/// <param name="projector">Where its SQL goes.</param>
/// <param name="events">The known event types.</param>
/// <param name="stops">Streams that stop before an event, and at which; and single events to pass by.</param>
/// <param name="withArchived">Whether events of archived streams count, whatever the projection says.</param>
internal sealed class FlatTableBuilder(
    EventProjectionModel projection, EventProjector projector, EventGraph events, IReadOnlyDictionary<string, long> stops, bool withArchived = false)
{
    private string Read => $"""
        select {projection.EventColumns} from public.mt_events e where e.type = any($1) and e.seq_id <= $2 {(withArchived ? "" : projection.ArchivedFilter)} order by e.seq_id
        """;

    private readonly HashSet<string> parked = new(StringComparer.Ordinal);
    private readonly List<Failure> failures = [];

    /// <returns>The streams that stopped at an event that failed.</returns>
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
        await using var reader = await command.ExecuteReaderAsync(token);
        var page = new List<PageEvent>(EventPageReader.Size);
        while (await reader.ReadAsync(token))
        {
            var item = EventPageReader.Read(reader, events, from: 0);
            if (!Stops(item))
                page.Add(item);

            if (page.Count == EventPageReader.Size)
                await WriteAsync(page, target, token);
        }

        await WriteAsync(page, target, token);
        return failures;
    }

    private bool Stops(PageEvent item) => stops.Count > 0
        && (stops.TryGetValue(item.StreamKey, out var at) && item.Sequence >= at || stops.ContainsKey(Failure.UnknownDocumentOf(item.Sequence)));

    private async Task WriteAsync(List<PageEvent> page, NpgsqlConnection target, CancellationToken token)
    {
        var found = await PageWriter.WriteAsync(target, await projector.ProjectAsync(target, page, parked, token), token);
        failures.AddRange(found);
        parked.UnionWith(found.Select(f => f.DocumentId));
        page.Clear();
    }
}
