using EventSourced.Messaging.Durability;
using Npgsql;

namespace EventSourced.Messaging.Tracking;

/// <summary>Reads the messages and events of one correlation.</summary>
internal sealed class ActivityRows(IDocumentStore store, string correlationId)
{
    private const string MessagesSql = """
        select id, type, key, attempts, last_error, case
            when due = 'infinity' then 'parked'
            when lease_token is not null then 'being handled'
            when due > now() and attempts = 0 and last_error is null then 'scheduled'
            when due > now() then 'in back-off'
            else 'waiting' end
        from es.queue where headers ->> 'correlation_id' = $1 order by id
        """;

    private const string EventsSql = "select seq_id, stream_id, type from mt_events where correlation_id = $1 order by seq_id";

    public async Task<IReadOnlyList<TrackedMessage>> OpenAsync(CancellationToken cancellation) =>
        [.. (await MessagesAsync(cancellation)).Where(m => m.State != "scheduled")];

    public async Task<TrackedActivity> ReadAsync(CancellationToken cancellation)
    {
        var scheduled = await MessagesAsync(cancellation);
        var events = await RowsAsync(EventsSql, r => new TrackedEvent(r.GetInt64(0), r.GetString(1), r.GetString(2)), cancellation);
        return new TrackedActivity(correlationId, events, await new DeadLetters(store).CausedByAsync(correlationId, cancellation), scheduled);
    }

    private Task<List<TrackedMessage>> MessagesAsync(CancellationToken cancellation) => RowsAsync(
        MessagesSql,
        r => new TrackedMessage(
            r.GetInt64(0), r.GetString(1), r.IsDBNull(2) ? null : r.GetString(2), r.GetString(5), r.GetInt32(3), r.IsDBNull(4) ? null : r.GetString(4)),
        cancellation);

    private async Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = correlationId });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));

        return rows;
    }
}
