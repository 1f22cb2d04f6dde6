using EventSourced.EventStore.Daemon.Shards;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>Writes built documents: new ones by COPY, in transactions short enough not to hold up the high-water mark.</summary>
internal sealed class DocumentSink(DocumentMapping mapping, DocumentSql sql)
{
    private const int Chunk = 5_000;

    public async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<DocumentRow> created, IReadOnlyList<DocumentRow> changed, CancellationToken token)
    {
        foreach (var chunk in created.Chunk(Chunk))
            await CopyAsync(connection, chunk, token);

        foreach (var chunk in changed.Chunk(Chunk))
        {
            await using var batch = new NpgsqlBatch(connection);
            DocumentRows.AddTo(batch, mapping, sql, chunk);
            await batch.ExecuteNonQueryAsync(token);
        }
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
