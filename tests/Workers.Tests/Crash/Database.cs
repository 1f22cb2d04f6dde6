using System.Globalization;
using EventSourced.Projections;
using Npgsql;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>The hosts' database, seen from beside them.</summary>
internal sealed class Database(Func<string> connectionString)
{
    // Every message that is ever sent or ended; the queue itself forgets.
    private const string NoteMessages = """
        create schema crash;
        create table crash.sent (message_id uuid, key text, type text, causation_id text);
        create table crash.ended (message_id uuid);
        create function crash.note() returns trigger language plpgsql as $$
        begin
            if tg_op = 'INSERT' then
                insert into crash.sent values (new.message_id, new.key, new.type, new.headers ->> 'causation_id');
            else
                insert into crash.ended values (old.message_id);
            end if;
            return null;
        end $$;
        create trigger note after insert or delete on es.queue for each row execute function crash.note();
        """;

    public async Task NoteMessagesAsync(CancellationToken token) => await ListAsync(NoteMessages, token);

    /// <summary>Begins to look at the log as it grows.</summary>
    public Task<LogWatch> WatchAsync(CancellationToken token) => LogWatch.BeginAsync(connectionString(), token);

    /// <summary>Ends every connection to the database but this one, as a proxy or an administrator may.</summary>
    /// <returns>True: there always are some.</returns>
    public bool EndConnections()
    {
        using var connection = new NpgsqlConnection(connectionString());
        connection.Open();
        using var command = new NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", connection);
        command.ExecuteNonQuery();
        return true;
    }

    /// <summary>The rows as text, a space between columns.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string sql, CancellationToken token, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(connectionString());
        await connection.OpenAsync(token);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 }; // fifty rounds leave a million events to look through
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });

        await using var reader = await command.ExecuteReaderAsync(token);
        var rows = new List<string>();
        while (await reader.ReadAsync(token))
            rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i).ToString())));

        return rows;
    }

    public async Task<long> NumberAsync(string sql, CancellationToken token) => long.Parse(Assert.Single(await ListAsync(sql, token)), CultureInfo.InvariantCulture);

    /// <summary>Waits until what was set in motion has come to rest and every projection has taken it in.</summary>
    public async Task QuietAsync(CancellationToken token)
    {
        await Until.TrueAsync("no work is left over", async () => await ListAsync(
            """
            select 1 from es.queue
            union all select 1 from es.task_queue
            union all select 1 from es.sign_queue
            union all select 1 from es.log_chunks
            union all select 1 from mt_events a where a.type = 'repository_packages_added' and not exists (
                select from mt_events p where p.stream_id = a.stream_id and p.type = 'repository_version_published' and (p.data ->> 'Version')::int >= (a.data ->> 'Revision')::int)
            """, token) is [], Until.Stalled, token);

        await using var store = DocumentStore.For(options =>
        {
            options.ConnectionString = connectionString();
            options.AddAreas();
        });
        await store.BuildProjectionDaemon().WaitForNonStaleData(Until.Stalled);
    }
}
