using System.Diagnostics;
using EventSourced.EventStore.Daemon.HighWater;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>A log whose mark two processes compete to keep, with one reader that follows it.</summary>
internal sealed class MarkedLog : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly NpgsqlDataSource source;
    private readonly WakeUps wakeUps;
    private readonly MarkFollower follower;
    private readonly Task[] keepers;

    public MarkedLog(string connectionString)
    {
        source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "eventsourced test" }.ConnectionString);
        wakeUps = new WakeUps(connectionString);
        follower = new MarkFollower(source, wakeUps);
        keepers = [Keep(connectionString), Keep(connectionString)];
    }

    public async Task RunAsync(ITestOutputHelper output, string name, IReadOnlyList<Writer> writers, int seed, CancellationToken token)
    {
        var watch = Stopwatch.StartNew();
        var writing = Task.WhenAll(writers.Select(writer => Task.Run(() => writer.WriteAsync(token))));
        var terminator = new Terminator(source, wakeUps, seed);
        var terminating = terminator.RunUntilAsync(writing, token);
        await follower.FollowUntilAsync(_ => writing.IsCompleted, token);
        await writing;
        await terminating;
        var written = watch.Elapsed;
        var largest = await LargestAsync(token);
        await follower.FollowUntilAsync(mark => mark >= largest, token);
        output.WriteLine(
            $"{name}: {writers.Sum(w => w.Committed)} events in {written.TotalSeconds:0.0} s, {terminator.Terminated} backends terminated, marked {(watch.Elapsed - written).TotalSeconds:0.0} s later");
    }

    public async Task AssertNothingSkippedAsync(int atLeast, CancellationToken token)
    {
        await using var command = source.CreateCommand("select array(select seq_id from mt_events)");
        var stored = (long[])(await command.ExecuteScalarAsync(token))!;
        Assert.True(stored.Length >= atLeast, $"Only {stored.Length} events.");
        Assert.DoesNotContain(stored, number => !follower.Seen.Contains(number));
        Assert.Equal(stored.Length, follower.Seen.Count);

        await using var late = source.CreateCommand("""
            select count(*) from mt_high_water_skips s join mt_events e on e.seq_id > s.starting_sequence and e.seq_id < s.ending_sequence
            """);
        Assert.Equal(0L, await late.ExecuteScalarAsync(token));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(keepers);
        await wakeUps.DisposeAsync();
        await source.DisposeAsync();
        stop.Dispose();
    }

    private Task Keep(string connectionString) =>
        Task.Run(() => new HighWaterMark(connectionString, wakeUps, TimeProvider.System, NullLogger.Instance).RunAsync(stop.Token));

    private async Task<long> LargestAsync(CancellationToken token)
    {
        await using var command = source.CreateCommand("select max(seq_id) from mt_events");
        return (long)(await command.ExecuteScalarAsync(token))!;
    }
}
