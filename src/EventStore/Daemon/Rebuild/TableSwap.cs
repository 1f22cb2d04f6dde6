using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>
/// Puts built tables in the place of live ones in one transaction: readers wait for milliseconds and see the old or the new table, never a part. The locks
/// are waited for only shortly, because everybody else queues behind one that waits.
/// </summary>
internal sealed class TableSwap(DocumentStore store, IReadOnlyList<TableName> tables)
{
    private const int Attempts = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <param name="finish">Brings the built tables to where they must be, with the locks held and in their transaction.</param>
    /// <param name="shard">The shard whose progress is locked with the tables; null for an inline projection.</param>
    /// <param name="token">Cancels the wait for the locks.</param>
    /// <exception cref="TimeoutException">Somebody held a lock all the time. The live tables are as they were.</exception>
    public async Task SwapAsync(Func<NpgsqlConnection, ShardProgress?, Task> finish, string? shard, CancellationToken token)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TrySwapAsync(finish, shard, token);
                break;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                if (attempt == Attempts)
                    throw new TimeoutException($"{tables[0]} was in use at each of {Attempts} attempts to replace it.", busy);

                await Task.Delay(Pause * Random.Shared.Next(1, 4), token);
            }
        }

        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        foreach (var table in tables)
            await SideTables.DropAsync(connection, SideTables.Retired, table.Table, token);
    }

    private async Task TrySwapAsync(Func<NpgsqlConnection, ShardProgress?, Task> finish, string? shard, CancellationToken token)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        await using var transaction = await connection.BeginTransactionAsync(token);
        await SideTables.RunAsync(connection, $"set local lock_timeout = '250ms'; create schema if not exists {SideTables.Retired}", token);

        // In the order a shard takes them: first its progress, then its tables.
        var progress = shard is null ? null : await ShardProgress.LockAsync(connection, shard, token);
        if (shard is not null)
            await AdvisoryLock.HoldAsync(connection, shard, token);

        await SideTables.RunAsync(connection, $"lock table {string.Join(", ", tables)} in access exclusive mode", token);
        await finish(connection, progress);
        foreach (var table in tables)
        {
            await SideTables.RunAsync(connection, $"""
                drop table if exists {SideTables.Retired}.{table.Table};
                alter table {table} set schema {SideTables.Retired};
                alter table {SideTables.Rebuild}.{table.Table} set schema {table.Schema};
                """, token);
        }

        await transaction.CommitAsync(token);
    }
}
