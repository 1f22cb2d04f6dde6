using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>
/// Fills the tables of inline projections that were registered, or raised to another version, when the log had events already: nobody else would write the
/// documents of streams that get no event any more. Done once (<c>es.inline_fills</c>), by whichever process is first; writers and readers go on meanwhile.
/// </summary>
internal sealed class InlineFills(DocumentStore store, ILogger logger)
{
    /// <summary>For a statement with all inline shards as its parameter: of an empty log there is nothing to fill.</summary>
    public const string NoteEmptySql = """
        insert into es.inline_fills (shard) select s from unnest($1) s where not exists (select from public.mt_events) on conflict do nothing
        """;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(5);

    /// <summary>Ends when all are filled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!await TryFillAsync(stop))
                await Task.Delay(TryAgainAfter, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Whoever starts next goes on.
        }
    }

    /// <summary>
    /// Notes that a projection's tables hold all events visible now, once they are locked: those up to the largest number but for the ones that are missing.
    /// </summary>
    /// <param name="connection">With the tables locked.</param>
    /// <param name="projection">Whose tables.</param>
    /// <param name="floor">Up to here nothing is missing that may still come, but what is in <paramref name="missing"/>.</param>
    /// <param name="missing">Numbers that an earlier snapshot missed.</param>
    /// <param name="token">Cancels the read.</param>
    public static async Task<NpgsqlBatchCommand> NoteAsync(
        NpgsqlConnection connection, ProjectionModel projection, long floor, NpgsqlRange<long>[] missing, CancellationToken token)
    {
        var from = missing is [var first, ..] ? first.LowerBound - 1 : floor;
        var (largest, stillMissing) = await VisibleNumbers.AboveAsync(connection, from, token);
        return new NpgsqlBatchCommand("""
            insert into es.inline_fills (shard, up_to, missing) values ($1, $2, $3)
            on conflict (shard) do update set filled = now(), up_to = excluded.up_to, missing = excluded.missing
            """)
        {
            Parameters =
            {
                new() { Value = projection.ShardName }, new() { Value = largest }, new() { Value = stillMissing, NpgsqlDbType = NpgsqlDbType.BigIntMultirange },
            },
        };
    }

    /// <returns>Whether nothing is left to do.</returns>
    private async Task<bool> TryFillAsync(CancellationToken stop)
    {
        try
        {
            var isDone = true;
            foreach (var projection in await UnfilledAsync(stop))
                isDone &= await TryFillAsync(projection, stop);

            return isDone;
        }
        catch (Exception lost) when (ConnectionLoss.Is(lost))
        {
            logger.FillInterrupted(lost);
            return false;
        }
    }

    private async Task<bool> TryFillAsync(ProjectionModel projection, CancellationToken stop)
    {
        logger.Filling(projection.Name);
        try
        {
            await ProjectionRebuild.Of(store, projection).RunAsync(stop);
            return true;
        }
        catch (NotBuildableException refused)
        {
            logger.FillRefused(projection.Name, refused); // no reason to leave out the others, and the next try would be no better
            return true;
        }
        catch (InvalidOperationException refused)
        {
            logger.FillInterrupted(refused); // another process is at it
            return false;
        }
    }

    private async Task<List<ProjectionModel>> UnfilledAsync(CancellationToken token)
    {
        var inline = store.Projections.All.Where(p => p.Lifecycle is ProjectionLifecycle.Inline && p is not EventProjectionModel { Tables.Count: 0 }).ToList();
        await using var command = store.DataSource.CreateCommand("select shard from es.inline_fills where shard = any($1)");
        command.Parameters.Add(new() { Value = inline.Select(p => p.ShardName).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(token);
        var filled = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(token))
            filled.Add(reader.GetString(0));

        return [.. inline.Where(p => !filled.Contains(p.ShardName))];
    }
}
