using System.Data;
using System.Diagnostics.Metrics;
using EventSourced.EventStore.Daemon;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventSourced.Workers.Packages.Artifacts;

/// <summary>
/// Deletes, each hour, what nothing refers to any more: artifacts that have been left alone for <see cref="ArtifactOptions.KeepUnused"/>, and abandoned uploads. One
/// worker at a time; the connection that holds the lock is the one that asks who refers to what. Which races that leaves open is in ADR 15.
/// </summary>
public sealed class ArtifactCollection : BackgroundService
{
    private const int AtOnce = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly NpgsqlDataSource database;
    private readonly IArtifactStore store;
    private readonly ArtifactOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<ArtifactCollection> logger;
    private readonly Counter<long> freed;

    public ArtifactCollection(
        NpgsqlDataSource database, IArtifactStore store, IOptions<ArtifactOptions> options, TimeProvider time, IMeterFactory meters, ILogger<ArtifactCollection> logger)
    {
        (this.database, this.store, this.options, this.time, this.logger) = (database, store, options.Value, time, logger);
        freed = meters.Create("EventSourced.Workers").CreateCounter<long>("artifact.collected", "By", "Bytes of artifacts and uploads deleted because nothing refers to them.");
    }

    /// <summary>One look at the whole store.</summary>
    /// <returns>Bytes freed; null when another worker is at it.</returns>
    public async Task<long?> SweepAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        if (!await LockAsync(connection, "pg_try_advisory_lock", cancellation))
            return null;

        try
        {
            var bytes = await store.DropAbandonedAsync(cancellation) + await CollectAsync(connection, cancellation);
            freed.Add(bytes);
            logger.ArtifactsCollected(bytes);
            return bytes;
        }
        finally
        {
            if (connection.State is ConnectionState.Open) // else the lock is gone with it
                await LockAsync(connection, "pg_advisory_unlock", CancellationToken.None);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (ConnectionLoss.Is(e) || e is UnauthorizedAccessException)
            {
                logger.CollectionFailed(e); // the next hour does it again
            }
        }
    }

    private async Task<long> CollectAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var (since, bytes) = (time.GetUtcNow() - options.KeepUnused, 0L);
        await foreach (var old in store.UntouchedAsync(since, cancellation).Chunk(AtOnce).WithCancellation(cancellation))
        {
            // Most of what is old is in use: it is left where it is.
            var used = await ArtifactUses.OfAsync(connection, [.. old.Select(a => a.Sha256)], cancellation);
            var unused = old.Select(a => a.Sha256).Where(sha256 => !used.Contains(sha256)).ToList();
            if (unused is not [])
                bytes += await store.CollectAsync(unused, since, (aside, token) => ArtifactUses.OfAsync(connection, aside, token), cancellation);
        }

        return bytes;
    }

    private static async Task<bool> LockAsync(NpgsqlConnection connection, string function, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select {function}(hashtextextended('eventsourced.artifact-collection', 0))", connection);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }
}
