using EventSourced.EventStore.Daemon.Shards;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Foreign;

/// <summary>
/// The SQL that finds foreign events, on a dedicated connection whose session holds the advisory lock of the one who takes them in. What it writes is written on the
/// same connection, so it ends with the lock.
/// </summary>
internal sealed class ForeignSession(NpgsqlConnection connection) : IAsyncDisposable
{
    /// <summary>How many numbers one look spans at most.</summary>
    private const int Window = 50_000;

    // Sessions of ours name who executes in every event's headers.
    private const string Sql = $"""
        with m as materialized (
          select least($1 + $3, coalesce((select last_seq_id from public.mt_event_progression where name = '{ProgressionRows.HighWaterMark}'), 0)) ceiling)
        select ceiling, array(
          select e.seq_id from public.mt_events e
          where e.seq_id > $1 and e.seq_id <= ceiling and e.type = any($2) and (e.headers ? '{HeaderJson.By}') is not true order by e.seq_id)
        from m
        """;

    public NpgsqlConnection Connection => connection;

    public static async Task<ForeignSession> OpenAsync(string connectionString, CancellationToken token)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = $"{StoreOptions.ApplicationNamePrefix} foreign events", Pooling = false, KeepAlive = 5,
        }.ConnectionString);
        await connection.OpenAsync(token);
        await AdvisoryLock.EndWithSilenceAsync(connection, token);
        return new ForeignSession(connection);
    }

    public Task<bool> TryLeaseAsync(CancellationToken token) => AdvisoryLock.TryTakeAsync(connection, "es foreign events", token);

    /// <returns>The last number looked at, and kept.</returns>
    public async Task<long> ReadPositionAsync(CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select position from es.foreign_position", connection);
        return (long)(await command.ExecuteScalarAsync(token))!; // the row is made with the table
    }

    public async Task KeepPositionAsync(long position, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("update es.foreign_position set position = $1", connection) { Parameters = { new() { Value = position } } };
        await command.ExecuteNonQueryAsync(token);
    }

    /// <summary>Looks at the numbers above a position, never above the mark.</summary>
    /// <returns>How far it looked, and the foreign events of these aliases.</returns>
    public async Task<(long Ceiling, long[] Numbers)> LookAsync(long position, string[] aliases, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = position },
                new NpgsqlParameter<string[]> { TypedValue = aliases, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new NpgsqlParameter<long> { TypedValue = Window },
            },
        };
        await command.PrepareAsync(token);
        await using var reader = await command.ExecuteReaderAsync(token);
        await reader.ReadAsync(token);
        return (Math.Max(position, reader.GetInt64(0)), reader.GetFieldValue<long[]>(1));
    }

    public async Task<IReadOnlyList<ForeignEvent>> ReadAsync(long[] numbers, EventGraph events, CancellationToken token)
    {
        await using var command = new NpgsqlCommand($"select {EventRows.Columns} from public.mt_events e where e.seq_id = any($1) order by e.seq_id", connection)
        {
            Parameters = { new() { Value = numbers } },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        var read = new List<ForeignEvent>(numbers.Length);
        while (await reader.ReadAsync(token))
            read.Add(new ForeignEvent(reader.GetInt64(1), reader.GetString(3), EventPageReader.Read(reader, events, from: 0)));

        return read;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
