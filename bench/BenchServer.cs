using EventSourced.ServiceDefaults.Postgres;
using Npgsql;

namespace EventSourced.Bench;

/// <summary>A private PostgreSQL with the hosts' durable settings, in a folder of its own that goes at the end; every measurement gets a new database.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly string folder;
    private readonly EmbeddedPostgres postgres;
    private int databases;

    private BenchServer(string folder, EmbeddedPostgres postgres) => (this.folder, this.postgres) = (folder, postgres);

    public static async Task<BenchServer> StartAsync(CancellationToken cancellation)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"eventsourced-bench-{Guid.NewGuid():N}");
        return new BenchServer(folder, await EmbeddedPostgres.StartOrJoinAsync(folder, cancellation));
    }

    /// <summary>Connects to a new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellation)
    {
        var name = $"bench_{++databases}";
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync(cancellation);
        return new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name, MaxPoolSize = 100 }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
