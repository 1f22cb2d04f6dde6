using EventSourced.EventStore.Schema;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>Schemas beside the live ones, and empty tables there with the names of the live ones.</summary>
internal static class SideTables
{
    /// <summary>What a rebuild builds.</summary>
    public const string Rebuild = "es_rebuild";

    /// <summary>What a verification builds.</summary>
    public const string Verify = "es_verify";

    /// <summary>What a rebuild replaced, until it is dropped.</summary>
    public const string Retired = "es_retired";

    public static Task CreateAsync(NpgsqlConnection connection, DocumentMapping mapping, string schema, CancellationToken token) => RunAsync(connection, $"""
        create schema if not exists {schema};
        drop table if exists {schema}.{mapping.Table};
        {DocumentTable.CreateTable(mapping, schema)}
        {DocumentTable.Extend(mapping, schema)}
        """, token);

    public static Task DropAsync(NpgsqlConnection connection, string schema, string table, CancellationToken token) =>
        RunAsync(connection, $"drop table if exists {schema}.{table}", token);

    /// <summary>Copies columns, constraints, indexes and storage parameters of a flat table, names included.</summary>
    public static async Task CopyShapeAsync(NpgsqlConnection connection, TableName live, string schema, CancellationToken token)
    {
        var side = live with { Schema = schema };
        await RunAsync(connection, $"""
            create schema if not exists {schema};
            drop table if exists {side};
            create table {side} (like {live} including all excluding indexes excluding constraints)
            """, token);

        foreach (var statement in await ShapeAsync(connection, live, side, token))
            await RunAsync(connection, statement, token);
    }

    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(token);
    }

    private static async Task<List<string>> ShapeAsync(NpgsqlConnection connection, TableName live, TableName side, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            select format('alter table %s add constraint %I %s', $2, conname, pg_get_constraintdef(oid))
            from pg_constraint where conrelid = $1::regclass and contype <> 'n'
            union all
            select regexp_replace(pg_get_indexdef(i.indexrelid), ' ON \S+ USING', format(' ON %s USING', $2))
            from pg_index i where i.indrelid = $1::regclass
              and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.conrelid = i.indrelid)
            union all
            select format('alter table %s set (%s)', $2, array_to_string(reloptions, ', ')) from pg_class where oid = $1::regclass and reloptions is not null
            """, connection) { Parameters = { new() { Value = live.ToString() }, new() { Value = side.ToString() } } };
        await using var reader = await command.ExecuteReaderAsync(token);
        var statements = new List<string>();
        while (await reader.ReadAsync(token))
            statements.Add(reader.GetString(0));

        return statements;
    }
}

/// <summary>A table with its schema.</summary>
internal readonly record struct TableName(string Schema, string Table)
{
    public static TableName Parse(string qualified) => qualified.Split('.') is [var schema, var table]
        ? new TableName(schema, table)
        : throw new InvalidOperationException($"'{qualified}' is no table with its schema.");

    public override string ToString() => $"{Schema}.{Table}";
}
