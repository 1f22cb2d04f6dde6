using System.Diagnostics;
using EventSourced.EventStore.Daemon.Shards;

namespace EventSourced.EventStore.Daemon;

/// <summary>Waits until every async shard, whichever process runs it, has taken in what is committed.</summary>
internal sealed class StalenessWait(DocumentStore store)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly string[] shards =
        [.. store.Projections.All.Where(p => p.Lifecycle is ProjectionLifecycle.Async).Select(p => p.ShardName), ProgressionRows.HighWaterMark];

    /// <exception cref="TimeoutException">Some shard did not get there; the message names it.</exception>
    public async Task UntilFreshAsync(TimeSpan timeout, CancellationToken token)
    {
        var started = Stopwatch.GetTimestamp();
        var target = await LargestAsync(token);
        while (true)
        {
            // Armed by the call, so that what is written while we look is heard.
            var progressed = store.WakeUps.WaitAsync(Shard.Progressed, LookEvery, token);
            var behind = await BehindAsync(target, token);
            if (behind.Count == 0)
                return;

            if (Stopwatch.GetElapsedTime(started) > timeout)
                throw new TimeoutException($"Not at {target} after {timeout}: {string.Join(", ", behind)}.");

            store.WakeUps.Raise(Shard.Settle);
            await progressed;
        }
    }

    private async Task<long> LargestAsync(CancellationToken token)
    {
        await using var command = store.DataSource.CreateCommand("select coalesce(max(seq_id), 0) from public.mt_events");
        return (long)(await command.ExecuteScalarAsync(token))!; // coalesce leaves no null
    }

    private async Task<List<string>> BehindAsync(long target, CancellationToken token)
    {
        await using var command = store.DataSource.CreateCommand("""
            select s.name, coalesce(p.last_seq_id, 0) from unnest($1::varchar[]) s(name) left join public.mt_event_progression p on p.name = s.name
            where coalesce(p.last_seq_id, 0) < $2 order by 1
            """);
        command.Parameters.Add(new() { Value = shards });
        command.Parameters.Add(new() { Value = target });
        await using var reader = await command.ExecuteReaderAsync(token);
        var behind = new List<string>();
        while (await reader.ReadAsync(token))
            behind.Add($"{reader.GetString(0)} is at {reader.GetInt64(1)}");

        return behind;
    }
}
