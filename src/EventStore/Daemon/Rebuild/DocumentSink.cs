using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Shards;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>
/// Writes built documents: new ones by COPY, in transactions short enough not to hold up the high-water mark. Where the database refuses one, its chunk is written one
/// by one.
/// </summary>
internal sealed class DocumentSink(DocumentMapping mapping, DocumentSql sql)
{
    private const int Chunk = 5_000;

    /// <returns>The documents that were refused.</returns>
    public async Task<IReadOnlyList<Failure>> WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<DocumentRow> created, IReadOnlyList<DocumentRow> changed, CancellationToken token)
    {
        var refused = new List<Failure>();
        foreach (var chunk in created.Chunk(Chunk))
            refused.AddRange(await TryWriteAsync(connection, chunk, CopyAsync, token));

        foreach (var chunk in changed.Chunk(Chunk))
            refused.AddRange(await TryWriteAsync(connection, chunk, UpsertAsync, token));

        return refused;
    }

    private async Task<IReadOnlyList<Failure>> TryWriteAsync(
        NpgsqlConnection connection, DocumentRow[] rows, Func<NpgsqlConnection, DocumentRow[], CancellationToken, Task> write, CancellationToken token)
    {
        try
        {
            await write(connection, rows, token);
            return [];
        }
        catch (PostgresException refused) when (Failure.IsAboutData(refused) && rows is [var only])
        {
            return [new Failure(only.Id, only.Sequence, refused)];
        }
        catch (PostgresException refused) when (Failure.IsAboutData(refused))
        {
            var failures = new List<Failure>();
            foreach (var row in rows)
                failures.AddRange(await TryWriteAsync(connection, [row], UpsertAsync, token));

            return failures;
        }
    }

    private async Task UpsertAsync(NpgsqlConnection connection, DocumentRow[] rows, CancellationToken token)
    {
        await using var batch = new NpgsqlBatch(connection);
        DocumentRows.AddTo(batch, mapping, sql, rows);
        await batch.ExecuteNonQueryAsync(token);
    }

    private async Task CopyAsync(NpgsqlConnection connection, DocumentRow[] rows, CancellationToken token)
    {
        await using var copy = await connection.BeginBinaryImportAsync(sql.CopyIn, token);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(token);
            await copy.WriteAsync(row.Id, NpgsqlDbType.Varchar, token);
            await copy.WriteAsync(row.Json!, NpgsqlDbType.Jsonb, token); // only documents that exist are created
            await copy.WriteAsync(mapping.DotNetName, NpgsqlDbType.Varchar, token);
            await copy.WriteAsync(row.Version, NpgsqlDbType.Bigint, token);
            for (var column = 0; column < row.Duplicates.Length; column++)
            {
                if (row.Duplicates[column] is { } value)
                    await copy.WriteAsync(value, mapping.Duplicates[column].DbType, token);
                else
                    await copy.WriteNullAsync(token);
            }
        }

        await copy.CompleteAsync(token);
    }
}
