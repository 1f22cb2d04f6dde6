using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class WhyBuildTaskWaitsTests : IAsyncLifetime
{
    private readonly PackagesDatabase packages = new();

    public ValueTask InitializeAsync() => packages.InitializeAsync();

    public ValueTask DisposeAsync() => packages.DisposeAsync();

    [Fact]
    public async Task It_waits_for_others_or_for_a_node()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"), Source("b"));
        var other = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("c"));
        var (first, second) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId);

        var (ready, waiting, later) = (await ReadAsync(first), await ReadAsync(second), await ReadAsync(other.Tasks[0].BuildTaskId));

        Assert.Equal((true, null, 0), (ready!.Ready, ready.Node, ready.ReadyBefore));
        Assert.Equal((false, null, null), (waiting!.Ready, waiting.Node, waiting.ReadyBefore));
        Assert.Equal([first.Value], waiting.WaitsFor);
        Assert.Equal(1, later!.ReadyBefore);
    }

    [Fact]
    public async Task Somebody_works_on_it_or_it_has_ended()
    {
        await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));
        var task = (await packages.ClaimAsync(Claim(NodeA)))!.BuildTaskId;
        Assert.Equal((false, NodeA), (await ReadAsync(task) is { } held ? (held.Ready, held.Node) : default));

        await packages.AppendAsync(task.StreamKey, new BuildTaskFailed(task, new BuildId(1), Report(NodeA), null));
        Assert.Null(await ReadAsync(task));
    }

    private Task<WhyBuildTaskWaits?> ReadAsync(BuildTaskId task) =>
        packages.ReadAsync(s => WhyBuildTaskWaits.ReadAsync(s, task, TestContext.Current.CancellationToken));
}
