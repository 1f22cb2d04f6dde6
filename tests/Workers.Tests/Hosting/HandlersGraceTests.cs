using EventSourced.Workers.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Workers.Tests.Hosting;

/// <summary>However long a host may take to stop, its handlers leave time to hand messages back.</summary>
public sealed class HandlersGraceTests
{
    [Theory]
    [InlineData(null, "00:00:10")]
    [InlineData("00:00:03", "00:00:01")]
    [InlineData("00:01:00", "00:00:20")]
    [InlineData("00:10:00", "00:03:00")]
    public void It_follows_from_the_time_to_stop(string? timeout, string grace)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(timeout is null ? [] : [new("Shutdown:Timeout", timeout)]).Build();
        using var services = new ServiceCollection().AddBus(configuration, drainQueue: false).BuildServiceProvider();

        Assert.Equal(TimeSpan.Parse(grace, null), services.GetRequiredService<MessagingOptions>().ShutdownGrace);
    }
}
