using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>
/// The private PostgreSQL of a data folder, for hosts without a connection string. The first host starts it, later ones join it, the last to leave stops
/// it; hosts that are killed count as gone, and a server that was killed is started again by whoever notices first.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(2), SilenceLimit = TimeSpan.FromSeconds(30);

    private readonly ClusterPaths paths;
    private readonly Cluster cluster;
    private readonly FileLock presence;
    private int left;

    private EmbeddedPostgres(ClusterPaths paths, Cluster cluster, FileLock presence)
    {
        this.paths = paths;
        this.cluster = cluster;
        this.presence = presence;
    }

    /// <summary>Of the hosts' database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Whether a server works on the data.</summary>
    internal bool IsRunning => Postmaster.Find(paths) is not null;

    /// <summary>Returns once the server answers.</summary>
    /// <param name="dataPath">The hosts' data folder; created if missing.</param>
    /// <param name="cancellation">Gives up; a server that was started meanwhile is stopped again.</param>
    /// <param name="silenceLimit">For a server to say at least that it is starting, which it does while it recovers; else it is ended and started anew. 30 s if not given.</param>
    /// <exception cref="ConfigurationException">This machine has no PostgreSQL, or it refuses to start here.</exception>
    public static async Task<EmbeddedPostgres> StartOrJoinAsync(string dataPath, CancellationToken cancellation, TimeSpan? silenceLimit = null)
    {
        var paths = new ClusterPaths(Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataPath)));
        CreateDataFolder(paths.DataPath);
        using var decision = await FileLock.ExclusiveAsync(paths.DecisionLock, cancellation);
        try
        {
            var cluster = await Cluster.OpenAsync(paths, silenceLimit ?? SilenceLimit, cancellation);
            var postgres = new EmbeddedPostgres(paths, cluster, await FileLock.SharedAsync(paths.PresenceLock, cancellation));
            await postgres.StartAsync(cancellation);
            return postgres;
        }
        catch (CommandFailedException e)
        {
            throw new ConfigurationException($"PostgreSQL in {paths.Root} cannot be set up: {e.Message}");
        }
    }

    /// <summary>Starts the server again if it is gone.</summary>
    internal async Task ReviveAsync(ILogger logger, CancellationToken cancellation)
    {
        using var decision = await FileLock.ExclusiveAsync(paths.DecisionLock, cancellation);
        await cluster.EnsureRunningAsync(logger, cancellation);
    }

    /// <summary>Leaves; the last one stops the server.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref left, 1) is 1)
            return;

        using var limit = new CancellationTokenSource(StopLimit);
        using var decision = await FileLock.ExclusiveAsync(paths.DecisionLock, limit.Token);
        await LeaveAsync(limit.Token);
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        try
        {
            ConnectionString = (await cluster.EnsureRunningAsync(NullLogger.Instance, cancellation)).ConnectionString;
        }
        catch
        {
            using var limit = new CancellationTokenSource(StopLimit);
            await LeaveAsync(limit.Token);
            throw;
        }
    }

    // Under the decision lock.
    private async Task LeaveAsync(CancellationToken cancellation)
    {
        presence.Dispose();
        using var nobodyElse = FileLock.TryExclusive(paths.PresenceLock);
        if (nobodyElse is not null)
            await cluster.StopAsync(cancellation);
    }

    // The server's account must pass through the folder, but not look around in it.
    private static void CreateDataFolder(string path)
    {
        try
        {
            var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(path, Environment.IsPrivilegedProcess ? mode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Data:Path \"{path}\" cannot be created: {e.Message}");
        }
    }
}
