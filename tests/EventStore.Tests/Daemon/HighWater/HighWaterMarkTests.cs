using EventSourced.EventStore.Daemon.HighWater;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

public sealed class HighWaterMarkTests(BankDatabase template) : IClassFixture<BankDatabase>, IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private readonly CancellationTokenSource stop = new();
    private GapDatabase log = null!;
    private WakeUps wakeUps = null!;
    private Task keeping = Task.CompletedTask;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        log = await GapDatabase.CloneAsync(template);
        wakeUps = new WakeUps(log.ConnectionString, clock);
        keeping = Task.Run(() => new HighWaterMark(log.ConnectionString, wakeUps, clock, NullLogger.Instance).RunAsync(stop.Token), Token);
    }

    [Fact]
    public async Task A_number_given_up_is_recorded_and_its_event_noted_when_it_comes_after_all()
    {
        await using var foreign = await log.ForeignAsync();
        await GapDatabase.ExecuteAsync(foreign, GapDatabase.Draw);
        await log.AppendAsync();

        await ReachAsync(2);
        Assert.Equal("(2,0)", await log.ScalarAsync<string>("select (ending_sequence, starting_sequence)::text from mt_high_water_skips"));

        await GapDatabase.InsertAsync(foreign, 1);
        await UntilAsync("select count(*) = 1 and min(seq_id) = 1 from es.late_events");
    }

    [Fact]
    public async Task A_mark_that_another_process_moved_is_taken_up_where_it_is()
    {
        await log.AppendAsync();
        await ReachAsync(1);
        await using (var foreign = await log.ForeignAsync())
        {
            await GapDatabase.ExecuteAsync(foreign,
                "select setval('mt_events_sequence', 5); update mt_event_progression set last_seq_id = 5 where name = 'HighWaterMark'");
        }

        await log.AppendAsync();
        await ReachAsync(6);
    }

    [Fact]
    public async Task A_gap_that_holds_the_mark_is_passed_where_Martens_daemon_passed_it()
    {
        await using var writer = await log.DrawnAsync();
        await log.AppendAsync();
        await UntilAsync("select count(*) = 1 from mt_event_progression where name = 'HighWaterMark'");
        await using (var marten = await log.ForeignAsync())
            await GapDatabase.ExecuteAsync(marten, "select mt_mark_progression_with_skip('HighWaterMark', 2, 0)");

        await log.AppendAsync();
        await ReachAsync(3);
        await GapDatabase.ExecuteAsync(writer, "rollback");
    }

    [Fact]
    public async Task The_mark_is_kept_by_another_process_when_the_keeper_is_gone()
    {
        using var stopOther = new CancellationTokenSource();
        var other = Task.Run(() => new HighWaterMark(log.ConnectionString, wakeUps, clock, NullLogger.Instance).RunAsync(stopOther.Token), Token);
        await log.AppendAsync();
        await ReachAsync(1);

        await stop.CancelAsync();
        await keeping;
        await log.AppendAsync();
        await ReachAsync(2);

        await stopOther.CancelAsync();
        await other;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await keeping;
        await wakeUps.DisposeAsync();
        await log.DisposeAsync();
        stop.Dispose();
    }

    private Task ReachAsync(long mark) => UntilAsync($"select last_seq_id = {mark} from mt_event_progression where name = 'HighWaterMark'");

    /// <summary>Lets the clock run while the condition is looked up again and again.</summary>
    private async Task UntilAsync(string condition)
    {
        while (!await log.ScalarAsync<bool>(condition))
            clock.Advance(TimeSpan.FromMilliseconds(20));
    }
}
