using EventSourced.ServiceDefaults.Postgres;
using Npgsql;

namespace EventSourced.Bench;

/// <summary>
/// The server of <c>ConnectionStrings__EventSourced</c>, or a private one with the hosts' durable settings in a folder of its own that goes at the end. Every
/// measurement gets a new database.
/// </summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly string connectionString;
    private readonly string? folder;
    private readonly EmbeddedPostgres? postgres;
    private readonly string run = Guid.NewGuid().ToString("N")[..8];
    private int databases;

    private BenchServer(string connectionString) => this.connectionString = connectionString;

    private BenchServer(string folder, EmbeddedPostgres postgres) : this(postgres.ConnectionString) => (this.folder, this.postgres) = (folder, postgres);

    public static async Task<BenchServer> StartAsync(CancellationToken cancellation)
    {
        if (Environment.GetEnvironmentVariable("ConnectionStrings__EventSourced") is { Length: > 0 } given)
            return new BenchServer(given);

        var folder = Path.Combine(Path.GetTempPath(), $"eventsourced-bench-{Guid.NewGuid():N}");
        return new BenchServer(folder, await EmbeddedPostgres.StartOrJoinAsync(folder, cancellation));
    }

    /// <summary>Connects to a new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellation)
    {
        var name = $"bench_{run}_{++databases}";
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync(cancellation);
        return new NpgsqlConnectionStringBuilder(connectionString) { Database = name, MaxPoolSize = 100 }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (postgres is not null)
            await postgres.DisposeAsync();

        if (folder is not null)
            Directory.Delete(folder, recursive: true);
    }
}
