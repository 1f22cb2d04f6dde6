using EventSourced.EventStore.Daemon.HighWater;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>Spans that Marten's daemon gave up: they end at its next gap and hold what it saw as well.</summary>
public sealed class SkipTests(BankDatabase template) : IClassFixture<BankDatabase>, IAsyncLifetime
{
    private GapDatabase log = null!;
    private MarkSession session = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Events 1, 2, 4, 5 and 6, and a record of Marten's from 2 to 6.</summary>
    public async ValueTask InitializeAsync()
    {
        log = await GapDatabase.CloneAsync(template);
        session = await MarkSession.OpenAsync(log.ConnectionString, Token);
        await log.AppendAsync();
        await log.AppendAsync();
        await using var marten = await log.ForeignAsync();
        await GapDatabase.ExecuteAsync(marten, GapDatabase.Draw);
        for (var n = 4; n <= 6; n++)
            await log.AppendAsync();

        await GapDatabase.ExecuteAsync(
            marten, "select mt_mark_event_progression('HighWaterMark', 2); select mt_mark_progression_with_skip('HighWaterMark', 6, 2)");
    }

    [Fact]
    public async Task What_Marten_saw_in_a_span_it_gave_up_is_not_late()
    {
        Assert.Empty(await session.NoteLateEventsAsync(Token));

        await InsertAsync(3);
        Assert.Equal([3], await session.NoteLateEventsAsync(Token));
        Assert.Empty(await session.NoteLateEventsAsync(Token));
    }

    [Fact]
    public async Task What_turned_up_before_anybody_looked_is_late_too()
    {
        await InsertAsync(3);

        Assert.Equal([3], await session.NoteLateEventsAsync(Token));
    }

    [Fact]
    public async Task A_tombstone_in_the_place_of_a_number_given_up_is_not_late()
    {
        await InsertAsync(3);
        await using (var marten = await log.ForeignAsync())
            await GapDatabase.ExecuteAsync(marten, "update mt_events set type = 'tombstone' where seq_id = 3");

        Assert.Empty(await session.NoteLateEventsAsync(Token));
    }

    private async Task InsertAsync(long number)
    {
        await using var marten = await log.ForeignAsync();
        await GapDatabase.InsertAsync(marten, number);
    }

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync();
        await log.DisposeAsync();
    }
}
