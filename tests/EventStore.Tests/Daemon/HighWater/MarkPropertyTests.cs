namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>
/// The promise of the high-water mark, held against 10⁵ events on a cluster of its own: whoever reads in order up to the mark misses nothing, however
/// transactions overlap, wait, fail and die.
/// </summary>
public sealed class MarkPropertyTests(ITestOutputHelper output)
{
    private const string Ours = "eventsourced writer";
    private const string Foreign = "marten writer";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_event_is_ever_skipped()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var server = await PostgresServer.StartAsync(token: Token);
        await using var store = DocumentStore.For(options => options.ConnectionString = $"{server.ConnectionString};Application Name={Ours}");
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        await using var log = new MarkedLog(server.ConnectionString);

        Writer Busy(int events) => new OurWriter(store, server.ConnectionString, new(Ours, 0.02, Milliseconds(30), 0.02, 12, events), random.Next());
        Writer Slow(int events) => new OurWriter(store, server.ConnectionString, new(Ours, 0.2, Milliseconds(60), 1, 3, events), random.Next());
        Writer Quick(int events) => new QuickWriter(server.ConnectionString, new(Foreign, 0.01, Milliseconds(40), 0.05, 5, events), random.Next());
        Writer Rich(int events) => new RichWriter(server.ConnectionString, new(Foreign, 0.02, Milliseconds(1_000), 0.2, 5, events), random.Next());

        await log.RunAsync(output, "busy writers", [.. Many(16, Busy, 5_000)], random.Next(), Token);
        await log.RunAsync(output, "slow writers", [.. Many(random.Next(2, 5), Slow, 60)], random.Next(), Token);
        await log.RunAsync(output, "busy and slow writers", [.. Many(12, Busy, 1_000), .. Many(3, Slow, 60)], random.Next(), Token);
        await log.RunAsync(output, "with Quick writers", [.. Many(4, Busy, 1_500), .. Many(2, Slow, 60), .. Many(4, Quick, 400)], random.Next(), Token);
        await log.RunAsync(output, "with Rich writers", [.. Many(4, Busy, 500), .. Many(4, Rich, 75)], random.Next(), Token);

        await log.AssertNothingSkippedAsync(atLeast: 100_000, Token);
    }

    private static TimeSpan Milliseconds(double count) => TimeSpan.FromMilliseconds(count);

    private static IEnumerable<Writer> Many(int count, Func<int, Writer> make, int events) => Enumerable.Range(0, count).Select(_ => make(events));
}
