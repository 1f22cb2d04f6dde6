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

    private async Task<IReadOnlyList<DeadLetter>> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var letters = new List<DeadLetter>();
        while (await reader.ReadAsync(cancellation))
            letters.Add(Read(reader));

        return letters;
    }

    private DeadLetter Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        reader.GetGuid(1),
        reader.GetString(2),
        reader.IsDBNull(3) ? null : reader.GetString(3),
        JsonSerializer.Deserialize<JsonElement>(reader.GetString(4), store.Options.SerializerOptions),
        reader.IsDBNull(5) ? null : reader.GetString(5),
        reader.GetFieldValue<DateTimeOffset>(6),
        reader.GetFieldValue<DateTimeOffset>(7),
        reader.GetInt32(8),
        reader.GetString(9),
        reader.GetString(10));
}
