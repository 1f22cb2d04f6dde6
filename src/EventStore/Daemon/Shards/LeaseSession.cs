using Npgsql;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>
/// The dedicated connection whose session holds a process's advisory locks. When it ends, so do the locks; what still runs is stopped by its progress row.
/// </summary>
internal sealed class LeaseSession(NpgsqlConnection connection) : IAsyncDisposable
{
    private const string ApplicationName = $"{StoreOptions.ApplicationNamePrefix} leases";

    public static async Task<LeaseSession> OpenAsync(string connectionString, CancellationToken token)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = ApplicationName, Pooling = false, KeepAlive = 5,
        }.ConnectionString);
        await connection.OpenAsync(token);
        await AdvisoryLock.EndWithSilenceAsync(connection, token);
        return new LeaseSession(connection);
    }

    /// <summary>How many processes run daemons on this database, this one included.</summary>
    public async Task<int> ProcessesAsync(CancellationToken token)
    {
        await using var command = new NpgsqlCommand(
            "select count(*)::int from pg_stat_activity where datname = current_database() and application_name = $1", connection)
        {
            Parameters = { new() { Value = ApplicationName } },
        };
        return Math.Max(1, (int)(await command.ExecuteScalarAsync(token))!); // count is never null
    }

    public Task<bool> TryTakeAsync(string shard, CancellationToken token) => AdvisoryLock.TryTakeAsync(connection, shard, token);

    public async Task<bool> GiveBackAsync(string shard, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = AdvisoryLock.KeyOf(shard) } } };
        return await command.ExecuteScalarAsync(token) is true;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
