using EventSourced.Projections.Packages;

namespace EventSourced.Projections.Tests.Packages;

public sealed class RunningLogsTests(PackagesDatabase database) : IClassFixture<PackagesDatabase>
{
    private static readonly string All = new('a', 64), Half = new('b', 64), Nothing = new('c', 64);

    private readonly RunningLogs logs = new(database.DataSource);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_read_pieces_that_another_worker_has_put_away_changes_nothing()
    {
        var stream = await WrittenAsync(task: 901);
        await logs.ForgetAsync(stream, All, 6, Token);

        await logs.ForgetAsync(stream, Nothing, 0, Token);
        await logs.ForgetAsync(stream, Half, 3, Token);

        Assert.Equal((All, 6), await logs.FindArtifactAsync(stream, Token));
    }

    [Fact]
    public async Task Half_a_log_is_not_put_away()
    {
        var stream = await WrittenAsync(task: 902);

        await logs.ForgetAsync(stream, Half, 3, Token);

        Assert.Null(await logs.FindArtifactAsync(stream, Token));
        Assert.Contains(stream, await logs.StreamsAsync(100, Token));
    }

    [Fact]
    public async Task Of_workers_that_put_a_log_away_at_once_one_does()
    {
        var stream = await WrittenAsync(task: 903);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(n => logs.ForgetAsync(stream, n % 2 is 0 ? All : Nothing, n % 2 is 0 ? 6 : 0, Token)));

        Assert.Equal((All, 6), await logs.FindArtifactAsync(stream, Token));
        Assert.DoesNotContain(stream, await logs.StreamsAsync(100, Token));
    }

    [Fact]
    public async Task Without_an_artifact_the_pieces_only_go()
    {
        var stream = await WrittenAsync(task: 904);

        await logs.ForgetAsync(stream, sha256: null, sizeBytes: 0, Token);

        Assert.Null(await logs.FindArtifactAsync(stream, Token));
        Assert.DoesNotContain(stream, await logs.StreamsAsync(100, Token));
    }

    private async Task<string> WrittenAsync(int task)
    {
        var stream = RunningLogs.StreamOf(new(task), attempt: 1);
        await logs.AppendAsync(stream, 0, "abc"u8.ToArray(), Token);
        await logs.AppendAsync(stream, 3, "def"u8.ToArray(), Token);
        return stream;
    }
}
