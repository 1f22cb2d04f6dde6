using Npgsql;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>Connections that build tables beside the live ones.</summary>
internal static class SideConnection
{
    /// <summary>One of its own, which need not wait for the disk: what is built counts only with the swap, whose commit does.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(DocumentStore store, string purpose, CancellationToken token)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(store.Options.ConnectionString)
        {
            ApplicationName = $"{StoreOptions.ApplicationNamePrefix} {purpose}", Pooling = false, CommandTimeout = 0, KeepAlive = 10,
        }.ConnectionString);
        await connection.OpenAsync(token);
        await SideTables.RunAsync(connection, "set synchronous_commit = off; set client_min_messages = warning", token);
        return connection;
    }

    /// <summary>Keeps others from building the same tables as long as the connection is open.</summary>
    /// <exception cref="RebuildInProgressException">Somebody else does.</exception>
    public static async Task LockAsync(NpgsqlConnection connection, string what, CancellationToken token)
    {
        if (!await AdvisoryLock.TryTakeAsync(connection, what, token))
            throw new RebuildInProgressException(what);
    }
}
