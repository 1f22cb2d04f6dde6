using System.Diagnostics;
using EventSourced.EventStore.Daemon.HighWater;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>Each test takes the steps of the mark's loop one by one, with a clock that stands still.</summary>
public sealed class GapWatchTests(BankDatabase template) : IClassFixture<BankDatabase>
{
    private readonly ManualClock clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_of_ours_rolled_back_is_dead_at_the_next_poll_without_any_threshold()
    {
        await using var log = await GapDatabase.CloneAsync(template);
        await using var session = await MarkSession.OpenAsync(log.ConnectionString, Token);
        await using (var writer = await log.DrawnAsync())
            await GapDatabase.ExecuteAsync(writer, "rollback");

        await log.AppendAsync();
        var watch = await WatchAsync(session);

        await AdvancedAsync(2, session, watch);
    }

    [Fact]
    public async Task While_the_transaction_that_drew_is_open_the_mark_holds_for_ever()
    {
        await using var log = await GapDatabase.CloneAsync(template);
        await using var session = await MarkSession.OpenAsync(log.ConnectionString, Token);
        await using var writer = await log.DrawnAsync();
        await log.AppendAsync();
        var watch = await WatchAsync(session);

        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await HeldAsync(session, watch));

        await GapDatabase.ExecuteAsync(writer, "rollback");
        await AdvancedAsync(2, session, watch);
    }

    [Fact]
    public async Task A_transaction_younger_than_the_fence_holds_nothing_below_it()
    {
        await using var log = await GapDatabase.CloneAsync(template);
        await using var session = await MarkSession.OpenAsync(log.ConnectionString, Token);
        await using (var writer = await log.DrawnAsync())
            await GapDatabase.ExecuteAsync(writer, "rollback");

        await log.AppendAsync();
        var watch = await WatchAsync(session);
        await using var later = await log.DrawnAsync();
        await log.AppendAsync();

        await AdvancedAsync(2, session, watch);
        await GapDatabase.ExecuteAsync(later, "rollback");
    }

    [Fact]
    public async Task A_number_a_foreign_session_may_have_drawn_outside_a_transaction_is_waited_for_three_seconds()
    {
        await using var log = await GapDatabase.CloneAsync(template);
        await using var session = await MarkSession.OpenAsync(log.ConnectionString, Token);
        await using var foreign = await log.ForeignAsync();
        await GapDatabase.ExecuteAsync(foreign, GapDatabase.Draw);
        await log.AppendAsync();
        var watch = await WatchAsync(session);

        clock.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(0, await HeldAsync(session, watch));

        clock.Advance(TimeSpan.FromSeconds(0.1));
        await AdvancedAsync(2, session, watch);
    }

    [Theory]
    [InlineData("")]
    [InlineData("select pg_advisory_xact_lock(4711); ")]
    public async Task A_foreign_transaction_that_may_have_drawn_holds_the_mark_beyond_the_threshold(string before)
    {
        await using var log = await GapDatabase.CloneAsync(template);
        await using var session = await MarkSession.OpenAsync(log.ConnectionString, Token);
        await using var foreign = await log.ForeignAsync();
        await GapDatabase.ExecuteAsync(foreign, $"begin; {before}{GapDatabase.Draw}");
        await log.AppendAsync();
        var watch = await WatchAsync(session);

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, await HeldAsync(session, watch));

        await GapDatabase.ExecuteAsync(foreign, "rollback");
        await AdvancedAsync(2, session, watch);
    }

    [Fact]
    public async Task A_foreign_transaction_left_idle_before_the_number_was_drawn_holds_nothing()
    {
        await using var log = await GapDatabase.CloneAsync(template);
        await using var session = await MarkSession.OpenAsync(log.ConnectionString, Token);
        await using var forgotten = await log.ForeignAsync();
        await GapDatabase.ExecuteAsync(forgotten, "begin; select 1");
        var watch = new GapWatch(session, clock);
        watch.DeadBelow(await session.PollAsync(0, Token));
        await log.AppendAsync();
        watch.DeadBelow(await session.PollAsync(1, Token));
        watch.DeadBelow(await session.PollAsync(1, Token));
        await using (var writer = await log.DrawnAsync())
            await GapDatabase.ExecuteAsync(writer, "rollback");

        await log.AppendAsync();
        var poll = await session.PollAsync(1, Token);
        watch.DeadBelow(poll);
        await watch.WatchAsync(poll, Token);
        clock.Advance(GapWatch.ForeignThreshold);

        await AdvancedAsync(3, session, watch, from: 1);
    }

    [Fact]
    public async Task A_foreign_daemon_that_keeps_its_lock_in_a_transaction_holds_nothing()
    {
        await using var log = await GapDatabase.CloneAsync(template);
        await using var session = await MarkSession.OpenAsync(log.ConnectionString, Token);
        await using var leader = await log.ForeignAsync();
        await using (var writer = await log.DrawnAsync())
            await GapDatabase.ExecuteAsync(writer, "rollback");

        await log.AppendAsync();
        await GapDatabase.ExecuteAsync(leader, "begin; select pg_advisory_xact_lock(4711)");
        var watch = await WatchAsync(session);
        clock.Advance(GapWatch.ForeignThreshold);
        await GapDatabase.ExecuteAsync(leader, "select 1");

        await AdvancedAsync(2, session, watch);
    }

    [Fact]
    public async Task A_foreign_session_of_a_role_whose_activity_is_hidden_counts_all_the_same()
    {
        await using var log = await GapDatabase.CloneAsync(template);
        await using var foreign = await log.ForeignAsync();
        await GapDatabase.ExecuteAsync(foreign, """
            do $$ begin create role eventsourced_limited; exception when duplicate_object or unique_violation then null; end $$;
            grant all on schema public, es to eventsourced_limited;
            grant all on all tables in schema public, es to eventsourced_limited;
            grant all on all sequences in schema public to eventsourced_limited;
            """);
        await using var session = await MarkSession.OpenAsync($"{log.ConnectionString};Options=-c role=eventsourced_limited", Token);
        await GapDatabase.ExecuteAsync(foreign, $"begin; {GapDatabase.Draw}");
        await log.AppendAsync();
        var watch = await WatchAsync(session);

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, await HeldAsync(session, watch));

        await GapDatabase.ExecuteAsync(foreign, "commit");
        await GapDatabase.ExecuteAsync(foreign, "begin; select 1");
        await AdvancedAsync(2, session, watch);
    }

    private async Task<GapWatch> WatchAsync(MarkSession session)
    {
        var watch = new GapWatch(session, clock);
        var poll = await session.PollAsync(0, Token);
        Assert.Equal(0, GapRules.Advance(poll, watch.DeadBelow(poll)).Mark);
        Assert.True(await watch.WatchAsync(poll, Token));
        return watch;
    }

    private static Task<long> HeldAsync(MarkSession session, GapWatch watch) => AdvanceAsync(session, watch, from: 0);

    /// <summary>A snapshot's oldest transaction is the whole cluster's, so one of another test's database may hold the mark for as long as it is open.</summary>
    private static async Task AdvancedAsync(long expected, MarkSession session, GapWatch watch, long from = 0)
    {
        var waited = Stopwatch.StartNew();
        long mark;
        do
            mark = await AdvanceAsync(session, watch, from);
        while (mark == from && waited.Elapsed < TimeSpan.FromSeconds(30));

        Assert.Equal(expected, mark);
    }

    private static async Task<long> AdvanceAsync(MarkSession session, GapWatch watch, long from)
    {
        await watch.ReleaseAsync(Token);
        var poll = await session.PollAsync(from, Token);
        return GapRules.Advance(poll, watch.DeadBelow(poll)).Mark;
    }
}
