using System.Net;
using EventSourced.Api.Hosting.Authentication;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Tests.Accounts;

/// <summary>By itself, once all other tests have run: the memory of the process is measured, which is theirs as well.</summary>
[CollectionDefinition(nameof(ThrottleMemoryTests), DisableParallelization = true)]
[Collection(nameof(ThrottleMemoryTests))]
public sealed class ThrottleMemoryTests
{
    [Fact]
    public void Hundreds_of_thousands_of_addresses_take_no_more_memory_than_some()
    {
        using var failures = new FailedCredentials(Options.Create(new AccessOptions { ForgivenEvery = TimeSpan.FromHours(1) }));
        for (var i = 0; i < 20_000; i++)
            failures.Record(new IPAddress(i), null);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 20_000; i < 200_000; i++)
            failures.Record(new IPAddress(i), null);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 2_000_000);
    }
}
