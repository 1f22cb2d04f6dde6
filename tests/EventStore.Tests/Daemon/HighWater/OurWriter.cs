using EventSourced.EventStore.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>
/// Appends by sessions, alone or folded with others, and with the store's statement in transactions that take their id early or late, draw in several steps,
/// dawdle between them and are rolled back.
/// </summary>
internal sealed class OurWriter(DocumentStore store, string connectionString, Habits habits, int seed) : Writer(connectionString, habits, seed)
{
    protected override async Task<int> AppendAsync(NpgsqlConnection connection, int count, CancellationToken token)
    {
        if (Dawdles || RollsBack)
            return await AppendSlowlyAsync(connection, count, token);

        await using var session = store.LightweightSession();
        session.Events.StartStream(NewKey, [.. Enumerable.Repeat(new MoneyDeposited(1), count)]);
        await session.SaveChangesAsync(token);
        return count;
    }

    private async Task<int> AppendSlowlyAsync(NpgsqlConnection connection, int count, CancellationToken token)
    {
        await using var transaction = await connection.BeginTransactionAsync(token);
        if (Random.Next(2) == 0)
        {
            // Its id is older than those of many who draw before it.
            await ExecuteAsync(connection, "select pg_current_xact_id()", token);
            await DawdleAsync(connection, token);
        }

        await AppendAsync(connection, NewKey, count, token);
        if (Random.Next(2) == 0)
        {
            await DawdleAsync(connection, token);
            await AppendAsync(connection, NewKey, count, token);
            count *= 2;
        }

        await DawdleAsync(connection, token);
        if (RollsBack)
        {
            await transaction.RollbackAsync(token);
            return 0;
        }

        await transaction.CommitAsync(token);
        return count;
    }

    private static async Task AppendAsync(NpgsqlConnection connection, string key, int count, CancellationToken token)
    {
        string[] Repeat(string text) => [.. Enumerable.Repeat(text, count)];
        var none = new NpgsqlParameter { Value = new string?[count], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar };
        await using var append = new NpgsqlCommand(AppendSql.One(isNew: true, EventsForm.Any, guarded: true), connection)
        {
            Parameters =
            {
                new() { Value = key }, new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar }, new() { Value = (long)count },
                new() { Value = DateTime.UtcNow }, new() { Value = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray() },
                new() { Value = Repeat("""{"Amount": 1, "Note": null}"""), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
                new() { Value = Repeat("money_deposited") }, new() { Value = Repeat("EventSourced.EventStore.Tests.MoneyDeposited, EventSourced.EventStore.Tests") },
                none, none.Clone(), new() { Value = Repeat("null"), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb }, none.Clone(),
            },
        };
        await append.ExecuteNonQueryAsync(token);
    }
}
