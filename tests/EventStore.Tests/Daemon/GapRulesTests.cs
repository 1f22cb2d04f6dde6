using EventSourced.EventStore.Daemon.HighWater;

namespace EventSourced.EventStore.Tests.Daemon;

public sealed class GapRulesTests
{
    [Fact]
    public void Without_a_gap_the_mark_goes_to_the_largest_number_seen() =>
        Assert.Equal(9, GapRules.Advance(Saw(mark: 4, contiguous: 9), deadBelow: 0).Mark);

    [Fact]
    public void The_mark_holds_at_a_gap_that_nothing_proved_dead()
    {
        var (mark, skips) = GapRules.Advance(Saw(mark: 4, contiguous: 6, 8, 9), deadBelow: 7);

        Assert.Equal(6, mark);
        Assert.Empty(skips);
    }

    [Fact]
    public void Dead_gaps_are_passed_and_named_up_to_the_first_live_one()
    {
        var (mark, skips) = GapRules.Advance(Saw(mark: 4, contiguous: 4, 6, 7, 10, 12), deadBelow: 10);

        Assert.Equal(10, mark);
        Assert.Equal([new Skip(4, 6), new Skip(7, 10)], skips);
        Assert.Equal(3, skips.Sum(skip => skip.Count));
    }

    [Fact]
    public void The_mark_never_passes_the_largest_number_seen() =>
        Assert.Equal(4, GapRules.Advance(Saw(mark: 4, contiguous: 4), deadBelow: 100).Mark);

    private static MarkPoll Saw(long mark, long contiguous, params long[] scattered) =>
        new(mark, contiguous, scattered, scattered.Append(contiguous).Max(), Xmin: 0, LastDrawn: 0, At: default);
}
