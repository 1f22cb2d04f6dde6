using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.Messaging.Durability;

internal sealed class DeadLetters(IDocumentStore store) : IDeadLetters
{
    private const string Select =
        "select id, message_id, type, key, body::text, headers ->> 'correlation_id', sent, died, attempts, exception_type, error from es.dead_letters";

    private const string ListSql = $"{Select} where $2 is null or id < $2 order by id desc limit $1";

    private const string CausedBySql = $"{Select} where headers ->> 'correlation_id' = $1 order by id";

    // The id is kept from here on, so that a copy that arrives again from outside is dropped.
    private const string ReplaySql = """
        with d as (delete from es.dead_letters where id = any($1) returning *),
        seen as (insert into es.message_ids (message_id) select message_id from d on conflict (message_id) do update set handled = null)
        insert into es.queue (message_id, key, type, body, headers, sent, due)
        select message_id, key, type, body, headers || '{"remember": true}', now(), now() from d order by id
        """;

    private const string DiscardSql = """
        with d as (delete from es.dead_letters where id = any($1) returning message_id),
        seen as (update es.message_ids set handled = now() where message_id in (select message_id from d))
        select count(*)::int from d
        """;

    public async Task<IReadOnlyList<DeadLetter>> ListAsync(int limit, long? before, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(ListSql);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        return await ReadAsync(command, cancellation);
    }

    public async Task<IReadOnlyList<DeadLetter>> CausedByAsync(string correlationId, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(CausedBySql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = correlationId });
        return await ReadAsync(command, cancellation);
    }

    public async Task<int> ReplayAsync(IReadOnlyCollection<long> ids, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(ReplaySql);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. ids] });
        var replayed = await command.ExecuteNonQueryAsync(cancellation);
        store.WakeUps.Raise(Outbox.Topic);
        return replayed;
    }

    public async Task<int> DiscardAsync(IReadOnlyCollection<long> ids, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(DiscardSql);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. ids] });
        return (int)(await command.ExecuteScalarAsync(cancellation))!; // count is never null
    }

    private static async Task<IReadOnlyList<DeadLetter>> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var letters = new List<DeadLetter>();
        while (await reader.ReadAsync(cancellation))
            letters.Add(Read(reader));

        return letters;
    }

    private static DeadLetter Read(NpgsqlDataReader reader)
    {
        using var body = JsonDocument.Parse(reader.GetString(4));
        return new DeadLetter(
            reader.GetInt64(0),
            reader.GetGuid(1),
            reader.GetString(2),
            reader.IsDBNull(3) ? null : reader.GetString(3),
            body.RootElement.Clone(),
            reader.IsDBNull(5) ? null : reader.GetString(5),
            reader.GetFieldValue<DateTimeOffset>(6),
            reader.GetFieldValue<DateTimeOffset>(7),
            reader.GetInt32(8),
            reader.GetString(9),
            reader.GetString(10));
    }
}
