using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>SQL of <c>es.parked</c> and of Marten's dead letter events.</summary>
internal static class ParkedRows
{
    private const string DeadLetterType = "JasperFx.Events.Daemon.DeadLetterEvent";

    public static async Task<HashSet<string>> IdsAsync(NpgsqlConnection connection, string shard, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select document_id from es.parked where shard = $1", connection) { Parameters = { new() { Value = shard } } };
        await using var reader = await command.ExecuteReaderAsync(token);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(token))
            ids.Add(reader.GetString(0));

        return ids;
    }

    public static async Task<IReadOnlyList<ParkedDocument>> ListAsync(NpgsqlConnection connection, string? shard, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(
            "select shard, document_id, seq_id, error, parked from es.parked where shard = $1 or $1 is null order by shard, seq_id, document_id", connection)
        {
            Parameters = { new() { Value = (object?)shard ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar } },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        var parked = new List<ParkedDocument>();
        while (await reader.ReadAsync(token))
        {
            parked.Add(new ParkedDocument(
                reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)));
        }

        return parked;
    }

    /// <summary>Deletes a row.</summary>
    /// <returns>The event its document stopped at; null when it is not parked.</returns>
    public static async Task<long?> TakeAsync(NpgsqlConnection connection, string shard, string documentId, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("delete from es.parked where shard = $1 and document_id = $2 returning seq_id", connection)
        {
            Parameters = { new() { Value = shard }, new() { Value = documentId } },
        };
        return (long?)await command.ExecuteScalarAsync(token);
    }

    /// <summary>Lets a parked document go on from an earlier event, so that it is folded from its beginning.</summary>
    /// <returns>Whether it is parked.</returns>
    public static async Task<bool> MoveBackAsync(NpgsqlConnection connection, string shard, string documentId, long sequence, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("update es.parked set seq_id = least(seq_id, $3) where shard = $1 and document_id = $2", connection)
        {
            Parameters = { new() { Value = shard }, new() { Value = documentId }, new() { Value = sequence } },
        };
        return await command.ExecuteNonQueryAsync(token) > 0;
    }

    /// <summary>Parks documents, each at its first event that failed, and leaves for each what Marten leaves for an event it skips.</summary>
    public static void AddTo(NpgsqlBatch batch, ProjectionModel projection, IReadOnlyList<Failure> failures, DateTimeOffset now)
    {
        if (failures.Count == 0)
            return;

        var ids = failures.Select(_ => Guid.CreateVersion7()).ToArray();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            insert into es.parked (shard, document_id, seq_id, error)
            select distinct on (p.document_id) $1, p.document_id, p.seq_id, p.error
            from unnest($2::varchar[], $3::bigint[], $4::text[]) p(document_id, seq_id, error) order by p.document_id, p.seq_id
            on conflict (shard, document_id) do update set seq_id = excluded.seq_id, error = excluded.error where excluded.seq_id < parked.seq_id
            """)
        {
            Parameters =
            {
                new() { Value = projection.ShardName },
                new() { Value = failures.Select(f => f.DocumentId).ToArray() },
                new() { Value = failures.Select(f => f.Sequence).ToArray() },
                new() { Value = failures.Select(f => Text(f.Exception)).ToArray() },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
            insert into public.mt_doc_deadletterevent (id, data, mt_dotnet_type)
            select d.id, d.data, '{DeadLetterType}' from unnest($1::uuid[], $2::jsonb[]) d(id, data)
            """)
        {
            Parameters =
            {
                new() { Value = ids },
                new() { Value = failures.Select((f, n) => DeadLetter(ids[n], projection, f, now)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
            },
        });
    }

    private static string DeadLetter(Guid id, ProjectionModel projection, Failure failure, DateTimeOffset now) => JsonSerializer.Serialize(new
    {
        Id = id,
        ProjectionName = projection.Name,
        ShardName = projection.ShardName[(projection.ShardName.LastIndexOf(':') + 1)..],
        Timestamp = now,
        ExceptionMessage = Text(failure.Exception),
        ExceptionType = failure.Exception.GetType().FullName,
        EventSequence = failure.Sequence,
        TenantId = Tenancy.Default,
    });

    /// <summary>PostgreSQL's text cannot hold a zero, which a message that quotes bad data may.</summary>
    private static string Text(Exception exception) => exception.Message.Replace("\0", "", StringComparison.Ordinal);
}
