using Npgsql;

namespace EventSourced.Support;

/// <summary>
/// The cluster all test databases of this process live in: the one named by <c>EVENTSOURCED_TEST_PG</c> (a superuser connection string), else one started
/// at first use and ended with the process.
/// </summary>
public static class SharedServer
{
    private const string Variable = "EVENTSOURCED_TEST_PG";

    private static readonly Lazy<Task<string>> Server = new(StartAsync);

    private static PostgresServer? own;

    internal static bool IsGiven => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 };

    /// <summary>Connects as superuser to the shared cluster's maintenance database.</summary>
    public static Task<string> ConnectionStringAsync() => Server.Value;

    private static async Task<string> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return given;

        // Nothing here outlives the run, so nothing is lost without fsync; tests of durability start a server of their own.
        own = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = false });
        AppDomain.CurrentDomain.ProcessExit += (_, _) => EndAsync().AsTask().GetAwaiter().GetResult(); // when nobody ended it before
        return own.ConnectionString;
    }

    internal static async ValueTask EndAsync()
    {
        if (Interlocked.Exchange(ref own, null) is { } server)
            await server.DisposeAsync();
    }

    internal static async Task ExecuteAsync(string sql, CancellationToken token)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(await ConnectionStringAsync()) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(token);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync(token);
    }
}
