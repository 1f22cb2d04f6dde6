using EventSourced.EventStore.Daemon.Parking;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>A document ready to be written, or to be deleted when <paramref name="Json"/> is null.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Json">Its body.</param>
/// <param name="Version">Its <c>mt_version</c>.</param>
/// <param name="Duplicates">Values of the duplicated columns.</param>
/// <param name="Sequence">The first event this change stems from.</param>
internal sealed record DocumentRow(string Id, byte[]? Json, long Version, object?[] Duplicates, long Sequence)
{
    /// <summary>Serializes a folded document; one that cannot be serialized fails and stays as it was.</summary>
    public static DocumentRow? Of(FoldedDocument folded, DocumentMapping mapping)
    {
        if (!folded.IsChanged || folded.Document is null && !folded.IsStored)
            return null;

        try
        {
            return folded.Document is not { } document
                ? new DocumentRow(folded.Id, null, folded.Version, [], folded.FirstSequence)
                : new DocumentRow(
                    folded.Id, mapping.Serialize(document), folded.Version, [.. mapping.Duplicates.Select(d => d.ValueOf(document))], folded.FirstSequence);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            folded.Fail(folded.FirstSequence, failure);
            return null;
        }
    }
}

/// <summary>Writes rows set by set.</summary>
internal static class DocumentRows
{
    public static void AddTo(NpgsqlBatch batch, DocumentMapping mapping, DocumentSql sql, IReadOnlyList<DocumentRow> rows)
    {
        var stored = rows.Where(r => r.Json is not null).ToList();
        if (stored.Count > 0)
            batch.BatchCommands.Add(Upsert(mapping, sql, stored));

        var deleted = rows.Where(r => r.Json is null).Select(r => r.Id).ToArray();
        if (deleted.Length > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.Delete)
            {
                Parameters = { new NpgsqlParameter<string[]> { TypedValue = deleted, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar } },
            });
        }
    }

    private static NpgsqlBatchCommand Upsert(DocumentMapping mapping, DocumentSql sql, List<DocumentRow> rows)
    {
        var command = new NpgsqlBatchCommand(sql.UpsertMany)
        {
            Parameters =
            {
                SqlParameters.Array(rows, r => r.Id, NpgsqlDbType.Varchar),
                SqlParameters.Array(rows, r => r.Json, NpgsqlDbType.Jsonb),
                new NpgsqlParameter<string> { TypedValue = mapping.DotNetName, NpgsqlDbType = NpgsqlDbType.Varchar },
                SqlParameters.Array(rows, r => r.Version, NpgsqlDbType.Bigint),
            },
        };
        for (var column = 0; column < mapping.Duplicates.Count; column++)
        {
            var field = mapping.Duplicates[column];
            var values = Array.CreateInstance(field.ArrayType, rows.Count);
            for (var row = 0; row < rows.Count; row++)
                values.SetValue(rows[row].Duplicates[column], row);

            command.Parameters.Add(new NpgsqlParameter { Value = values, NpgsqlDbType = NpgsqlDbType.Array | field.DbType });
        }

        return command;
    }
}
