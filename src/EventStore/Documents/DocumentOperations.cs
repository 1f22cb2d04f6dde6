using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Documents;

/// <summary>Something a save does beside appending.</summary>
internal abstract record Operation;

/// <summary>SQL with its parameters, placeholders already numbered.</summary>
internal sealed record SqlOperation(string Sql, object?[] Parameters) : Operation;

/// <summary>Inserts or replaces a document.</summary>
/// <param name="Mapping">Its type.</param>
/// <param name="Id">Its id.</param>
/// <param name="Document">It.</param>
/// <param name="Version">What <c>mt_version</c> becomes; ignored for ordinary documents, which get a new uuid.</param>
/// <param name="Table">The oid of the table it must still be, for a document that follows from one read there; 0 when it follows from nothing stored.</param>
internal sealed record StoreOperation(DocumentMapping Mapping, string Id, object Document, long Version, uint Table = 0) : Operation;

/// <summary>Holds the table until the end of the transaction and refuses the save when it is not the one that was read.</summary>
internal sealed record SameTableOperation(DocumentMapping Mapping, uint Table) : Operation;

/// <summary>Deletes a document.</summary>
internal sealed record DeleteOperation(DocumentMapping Mapping, string Id) : Operation;

/// <summary>Turns operations into commands, neighbours on one document table into one command.</summary>
internal static class OperationCommands
{
    public static void AddTo(NpgsqlBatch batch, IReadOnlyList<Operation> operations)
    {
        for (var n = 0; n < operations.Count;)
        {
            var run = RunFrom(operations, n);
            batch.BatchCommands.Add(operations[n] switch
            {
                SqlOperation sql => Command(sql),
                StoreOperation store when run == 1 => UpsertOne(store),
                StoreOperation store => UpsertMany(store.Mapping, Distinct(operations.Skip(n).Take(run).Cast<StoreOperation>())),
                SameTableOperation same => new NpgsqlBatchCommand(same.Mapping.Sql.SameTable) { Parameters = { Oid(same.Table) } },
                DeleteOperation delete => Delete(delete.Mapping, [.. operations.Skip(n).Take(run).Cast<DeleteOperation>().Select(d => d.Id)]),
                var other => throw new InvalidOperationException($"No command for {other.GetType().Name}."),
            });
            n += run;
        }
    }

    private static int RunFrom(IReadOnlyList<Operation> operations, int start)
    {
        var end = start + 1;
        while (end < operations.Count && Joins(operations[start], operations[end]))
            end++;

        return end - start;
    }

    private static bool Joins(Operation first, Operation next) => (first, next) switch
    {
        (StoreOperation a, StoreOperation b) => a.Mapping == b.Mapping && a.Table == b.Table,
        (DeleteOperation a, DeleteOperation b) => a.Mapping == b.Mapping,
        _ => false,
    };

    /// <summary>One statement cannot write a row twice: the last one counts.</summary>
    private static List<StoreOperation> Distinct(IEnumerable<StoreOperation> stores)
    {
        var last = new Dictionary<string, StoreOperation>(StringComparer.Ordinal);
        foreach (var store in stores)
            last[store.Id] = store;

        return [.. last.Values];
    }

    private static NpgsqlBatchCommand Command(SqlOperation operation)
    {
        var command = new NpgsqlBatchCommand(operation.Sql);
        foreach (var value in operation.Parameters)
            command.Parameters.Add(SqlParameters.Of(value));

        return command;
    }

    private static NpgsqlBatchCommand UpsertOne(StoreOperation store)
    {
        var mapping = store.Mapping;
        var command = new NpgsqlBatchCommand(store.Table == 0 ? mapping.Sql.UpsertOne : mapping.Sql.UpsertOneInSameTable)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = store.Id, NpgsqlDbType = NpgsqlDbType.Varchar },
                new NpgsqlParameter<byte[]> { TypedValue = mapping.Serialize(store.Document), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new NpgsqlParameter<string> { TypedValue = mapping.DotNetName, NpgsqlDbType = NpgsqlDbType.Varchar },
                mapping.IsProjected
                    ? new NpgsqlParameter<long> { TypedValue = store.Version, NpgsqlDbType = NpgsqlDbType.Bigint }
                    : new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(), NpgsqlDbType = NpgsqlDbType.Uuid },
            },
        };
        foreach (var field in mapping.Duplicates)
            command.Parameters.Add(new NpgsqlParameter { Value = field.ValueOf(store.Document) ?? DBNull.Value, NpgsqlDbType = field.DbType });

        if (store.Table != 0)
            command.Parameters.Add(Oid(store.Table));

        return command;
    }

    private static NpgsqlBatchCommand UpsertMany(DocumentMapping mapping, List<StoreOperation> stores)
    {
        var command = new NpgsqlBatchCommand(stores[0].Table == 0 ? mapping.Sql.UpsertMany : mapping.Sql.UpsertManyInSameTable)
        {
            Parameters =
            {
                SqlParameters.Array(stores, s => s.Id),
                SqlParameters.Array(stores, s => mapping.Serialize(s.Document), NpgsqlDbType.Jsonb),
                new NpgsqlParameter<string> { TypedValue = mapping.DotNetName, NpgsqlDbType = NpgsqlDbType.Varchar },
                mapping.IsProjected
                    ? SqlParameters.Array(stores, s => s.Version)
                    : SqlParameters.Array(stores, _ => Guid.CreateVersion7()),
            },
        };
        foreach (var field in mapping.Duplicates)
            command.Parameters.Add(new NpgsqlParameter { Value = Values(field, stores), NpgsqlDbType = NpgsqlDbType.Array | field.DbType });

        if (stores[0].Table != 0)
            command.Parameters.Add(Oid(stores[0].Table));

        return command;
    }

    private static Array Values(DuplicatedField field, List<StoreOperation> stores)
    {
        var values = Array.CreateInstance(field.ArrayType, stores.Count);
        for (var n = 0; n < stores.Count; n++)
            values.SetValue(field.ValueOf(stores[n].Document), n);

        return values;
    }

    private static NpgsqlParameter<uint> Oid(uint value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Oid };

    private static NpgsqlBatchCommand Delete(DocumentMapping mapping, string[] ids) =>
        new(mapping.Sql.Delete) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = ids } } };
}
