using System.Text;
using EventSourced.EventStore.Daemon.Rebuild;
using Npgsql;

namespace EventSourced.EventStore.Schema;

/// <summary>Brings a database to what the store needs: additive, idempotent, one transaction under an advisory lock.</summary>
internal sealed class SchemaApplier(StoreOptions options, DocumentGraph documents, ProjectionGraph projections)
{
    /// <summary>Key of the advisory lock; any number nobody else takes.</summary>
    private const long LockId = 0x6573_7363_6865_6d61;

    /// <summary>Remembers scripts by their text, so that a start neither repeats them nor takes their locks.</summary>
    private const string ScriptTable = """
        create schema if not exists es;
        create table if not exists es.schema_scripts (name text primary key, sql text not null, applied timestamptz not null default now());
        """;

    public async Task ApplyAsync(NpgsqlDataSource source, CancellationToken token)
    {
        await using var connection = await source.OpenConnectionAsync(token);
        await using var transaction = await connection.BeginTransactionAsync(token);
        await RunAsync(connection, $"set local client_min_messages = warning; select pg_advisory_xact_lock({LockId})", token);
        await RunAsync(connection, MartenTables.Sql, token);
        foreach (var (name, sql) in MartenFunctions.All)
            await RunAsync(connection, CreateIfMissing(name, sql), token);

        await RunAsync(connection, Documents(), token);
        await RunAsync(connection, ScriptTable, token);
        foreach (var (name, sql) in StoreScripts.All.Concat(options.Schema.Registered))
            await ApplyScriptAsync(connection, name, sql, token);

        await NoteFilledAsync(connection, token);
        await transaction.CommitAsync(token);
    }

    private async Task NoteFilledAsync(NpgsqlConnection connection, CancellationToken token)
    {
        await using var note = new NpgsqlCommand(InlineFills.NoteEmptySql, connection)
        {
            Parameters = { new() { Value = projections.All.Where(p => p.Lifecycle is ProjectionLifecycle.Inline).Select(p => p.ShardName).ToArray() } },
        };
        await note.ExecuteNonQueryAsync(token);
    }

    private string Documents()
    {
        var sql = new StringBuilder("select 1;");
        foreach (var mapping in documents.All)
        {
            sql.AppendLine(DocumentTable.CreateTable(mapping, DocumentMapping.LiveSchema));
            sql.AppendLine(DocumentTable.Extend(mapping, DocumentMapping.LiveSchema));
        }

        return sql.ToString();
    }

    private static string CreateIfMissing(string function, string sql) => $"""
        do $missing$ begin
            if not exists (select from pg_proc where proname = '{function}' and pronamespace = 'public'::regnamespace) then
                {sql};
            end if;
        end $missing$;
        """;

    private static async Task ApplyScriptAsync(NpgsqlConnection connection, string name, string sql, CancellationToken token)
    {
        await using var known = new NpgsqlCommand("select exists (select from es.schema_scripts where name = $1 and sql = $2)", connection)
        {
            Parameters = { new() { Value = name }, new() { Value = sql } },
        };
        if ((bool)(await known.ExecuteScalarAsync(token))!) // exists() is never null
            return;

        await RunAsync(connection, sql, token);
        await using var remember = new NpgsqlCommand(
            "insert into es.schema_scripts (name, sql) values ($1, $2) on conflict (name) do update set sql = excluded.sql, applied = now()", connection)
        {
            Parameters = { new() { Value = name }, new() { Value = sql } },
        };
        await remember.ExecuteNonQueryAsync(token);
    }

    /// <summary>Without a time limit: another process may be at it, or a column of a long table be filled. Whoever waits has the token.</summary>
    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(token);
    }
}
