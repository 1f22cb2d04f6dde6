using System.Data.Common;
using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>A client's keys with the result of the command each one ran.</summary>
internal sealed class IdempotencyRows(IDocumentStore store)
{
    // A second request of the same key waits here for the first one's transaction. An expired row is taken over as if new.
    private const string BeginSql = """
        insert into es.idempotency as i (principal, operation, key, digest, created) values ($1, $2, $3, $4, now())
        on conflict (principal, operation, key) do update set digest = excluded.digest, result = null, created = excluded.created
            where i.created < now() - interval '24 hours'
        returning 1
        """;

    private const string ReadSql = "select digest, result::text from es.idempotency where principal = $1 and operation = $2 and key = $3";

    private const string FindSql = $"{ReadSql} and created >= now() - interval '24 hours'";

    private const string ResultSql = "update es.idempotency set result = ?::jsonb where principal = ? and operation = ? and key = ?";

    /// <summary>Opens the session's transaction and takes the key. Returns the stored result when the key ran before; null when it is to run now.</summary>
    /// <exception cref="IdempotencyConflictException">It ran with another body.</exception>
    public static async Task<string?> BeginAsync(IDocumentSession session, IdempotencyKey key, CancellationToken cancellation)
    {
        await session.BeginTransactionAsync(cancellation);
        await using (var begun = await session.ExecuteReaderAsync(Command(BeginSql, key, key.BodyDigest), cancellation))
        {
            if (await begun.ReadAsync(cancellation))
                return null;
        }

        await using var reader = await session.ExecuteReaderAsync(Command(ReadSql, key), cancellation);
        if (!await reader.ReadAsync(cancellation))
            throw new ConcurrencyException($"The Idempotency-Key '{key.Key}' expired while it was read.");

        return Result(reader, key);
    }

    /// <summary>The stored result when the key ran before, else null. Waits for nobody who runs now.</summary>
    /// <exception cref="IdempotencyConflictException">It ran with another body.</exception>
    public async Task<object?> FindAsync(IdempotencyKey key, CancellationToken cancellation)
    {
        await using var session = store.QuerySession();
        await using var reader = await session.ExecuteReaderAsync(Command(FindSql, key), cancellation);
        return await reader.ReadAsync(cancellation) ? Read(Result(reader, key)) : null;
    }

    public void QueueResult(IDocumentSession session, IdempotencyKey key, object? result) =>
        session.QueueSqlCommand(ResultSql, StoredResult.Write(result, store.Options.SerializerOptions), key.Principal, key.Operation, key.Key);

    public object? Read(string stored) => StoredResult.Read(stored, store.Options.SerializerOptions);

    private static string Result(DbDataReader stored, IdempotencyKey key) =>
        stored.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(key.BodyDigest) ? stored.GetString(1) : throw new IdempotencyConflictException();

    private static NpgsqlCommand Command(string sql, IdempotencyKey key, params object[] more)
    {
        var command = new NpgsqlCommand(sql);
        foreach (var value in new object[] { key.Principal, key.Operation, key.Key }.Concat(more))
            command.Parameters.Add(new NpgsqlParameter { Value = value });

        return command;
    }
}
