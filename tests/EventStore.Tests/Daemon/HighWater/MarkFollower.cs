using EventSourced.EventStore.Daemon.HighWater;
using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>Reads as a shard does: once, in order, never above the mark. What it missed is lost to every projection.</summary>
internal sealed class MarkFollower(NpgsqlDataSource source, IWakeUps wakeUps)
{
    private readonly HashSet<long> seen = [];

    public long At { get; private set; }

    public IReadOnlySet<long> Seen => seen;

    public async Task FollowUntilAsync(Func<long, bool> reached, CancellationToken token)
    {
        while (!reached(At))
        {
            await wakeUps.WaitAsync(HighWaterMark.Moved, TimeSpan.FromMilliseconds(20), token);
            await ReadAsync(token);
        }
    }

    private async Task ReadAsync(CancellationToken token)
    {
        await using var command = source.CreateCommand("""
            select p.last_seq_id, array(select e.seq_id from mt_events e where e.seq_id > $1 and e.seq_id <= p.last_seq_id)
            from mt_event_progression p where p.name = 'HighWaterMark'
            """);
        command.Parameters.AddWithValue(At);
        await using var reader = await command.ExecuteReaderAsync(token);
        if (!await reader.ReadAsync(token))
            return;

        var mark = reader.GetInt64(0);
        Assert.True(mark >= At, $"The mark went back from {At} to {mark}.");
        seen.UnionWith(reader.GetFieldValue<long[]>(1));
        At = mark;
    }
}
