using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Documents;

/// <summary>Writes documents by binary COPY (<see cref="DocumentSql.CopyIn"/>), each once.</summary>
internal static class DocumentCopy
{
    /// <param name="importer">Begun with the mapping's <see cref="DocumentSql.CopyIn"/>.</param>
    /// <param name="store">The row.</param>
    /// <param name="token">Cancels the write.</param>
    public static async Task WriteAsync(NpgsqlBinaryImporter importer, StoreOperation store, CancellationToken token)
    {
        var mapping = store.Mapping;
        await importer.StartRowAsync(token);
        await importer.WriteAsync(store.Id, NpgsqlDbType.Varchar, token);
        await importer.WriteAsync(mapping.Serialize(store.Document), NpgsqlDbType.Jsonb, token);
        await importer.WriteAsync(mapping.DotNetName, NpgsqlDbType.Varchar, token);
        if (mapping.IsProjected)
            await importer.WriteAsync(store.Version, NpgsqlDbType.Bigint, token);
        else
            await importer.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid, token);

        foreach (var field in mapping.Duplicates)
        {
            if (field.ValueOf(store.Document) is { } value)
                await importer.WriteAsync(value, field.DbType, token);
            else
                await importer.WriteNullAsync(token);
        }
    }
}
