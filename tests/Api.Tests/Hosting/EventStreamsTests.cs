using EventSourced.Api.Hosting;
using Microsoft.AspNetCore.Http;

namespace EventSourced.Api.Tests.Hosting;

public sealed class EventStreamsTests
{
    [Theory]
    [InlineData("text/event-stream", true)]
    [InlineData("Text/Event-Stream;charset=utf-8", true)]
    [InlineData("application/json, text/event-stream;q=0.5", true)]
    [InlineData("text/event-stream;q=0, */*", false)]
    [InlineData("text/event-stream-of-others", false)]
    [InlineData("*/*", false)]
    [InlineData("", false)]
    public void A_stream_is_for_those_who_name_it(string accept, bool wanted)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Accept = accept;

        Assert.Equal(wanted, EventStreams.IsWanted(context.Request));
    }

    [Theory]
    [InlineData("17", 17L)]
    [InlineData("-1", null)]
    [InlineData("x", null)]
    [InlineData(null, null)]
    public void A_position_is_a_number(string? lastEventId, long? position) => Assert.Equal(position, EventStreams.PositionIn(lastEventId));

    [Fact]
    public void A_follower_is_told_of_life_every_fifteen_seconds_of_silence()
    {
        var clock = new ManualClock();
        var silence = new Silence(clock);
        clock.Advance(TimeSpan.FromSeconds(14));
        Assert.False(silence.IsOver());
        silence.Break();
        clock.Advance(TimeSpan.FromSeconds(14));
        Assert.False(silence.IsOver());

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(silence.IsOver());
        Assert.False(silence.IsOver());
    }
}
