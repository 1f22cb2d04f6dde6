using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

/// <summary>Who waits for whom, beyond what claims show.</summary>
public sealed class BuildTaskQueueTests : IAsyncLifetime
{
    private readonly PackagesDatabase packages = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => packages.InitializeAsync();

    public ValueTask DisposeAsync() => packages.DisposeAsync();

    [Fact]
    public async Task A_task_waits_until_it_is_told_what_to_build_from()
    {
        var build = await packages.RequestAsync(BuildForm.Current, [Debian("amd64")], Source("a"));
        var (source, binary) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId);

        await packages.AppendAsync(source.StreamKey, new BuildTaskSucceeded(source, build.BuildId, []));
        Assert.Null(await packages.ClaimAsync(Claim(NodeA)));

        await packages.HandOverAsync(source);
        Assert.Equal(binary, (await packages.ClaimAsync(Claim(NodeA)))!.BuildTaskId);
    }

    [Fact]
    public async Task Another_platforms_word_frees_nobody()
    {
        var build = await packages.RequestAsync(BuildForm.Current, [Debian("amd64")], Source("a"));
        var binary = build.Tasks[1].BuildTaskId;

        await packages.AppendAsync(binary.StreamKey, new BuildTaskSourceHandedOver(binary, build.BuildId, new(900), new(null, "4f2a")));

        Assert.Equal([build.Tasks[0].BuildTaskId.Value], (await WaitsAsync(binary)));
    }

    // Tasks of one arch: a ends, b never runs. Whoever waited for b has to wait for a.
    [Fact]
    public async Task Those_behind_a_task_that_never_ran_wait_for_what_it_waited_for()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"), Source("b"), Source("c"));
        var (a, b, c) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId, build.Tasks[2].BuildTaskId);

        await packages.AppendAsync(b.StreamKey, new BuildTaskCancelled(b, build.BuildId, "cancelled"));
        Assert.Equal([a.Value], await WaitsAsync(c));

        Assert.Equal(a, (await packages.ClaimAsync(Claim(NodeA)))!.BuildTaskId);
        Assert.Null(await packages.ClaimAsync(Claim(NodeA)));
        await packages.AppendAsync(a.StreamKey, new BuildTaskFailed(a, build.BuildId, Report(NodeA), null));

        Assert.Equal(c, (await packages.ClaimAsync(Claim(NodeA)))!.BuildTaskId);
    }

    [Fact]
    public async Task What_is_waited_for_twice_counts_once()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64", "arm64")], Source("a"), Source("b"), Source("c"));
        var (amdA, armA) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId);
        var (amdB, armB, amdC) = (build.Tasks[2].BuildTaskId, build.Tasks[3].BuildTaskId, build.Tasks[4].BuildTaskId);

        await packages.AppendAsync(armB.StreamKey, new BuildTaskFailed(armB, build.BuildId, Report: null, "Fast failed: amd64"));
        await packages.AppendAsync(amdB.StreamKey, new BuildTaskCancelled(amdB, build.BuildId, "cancelled"));

        Assert.Equal([amdA.Value], await WaitsAsync(amdC));
        Assert.Equal([amdA.Value, armA.Value, amdC.Value], await WaitsAsync(build.Tasks[5].BuildTaskId));
        Assert.Equal([0L], await packages.ReadAsync(s => s.QueryAsync<long>(
            "select count(*) from es.task_queue q where q.waiting <> (select count(*) from es.task_waits w where w.task_id = q.task_id)", Token)));
    }

    [Fact]
    public async Task Tasks_that_end_at_once_free_everybody_behind_them()
    {
        for (var round = 0; round < 60; round++)
        {
            var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"), Source("b"), Source("c"), Source("d"));
            var tasks = build.Tasks.Select(t => t.BuildTaskId).ToList();

            await Task.WhenAll(
                packages.AppendAsync(tasks[0].StreamKey, new BuildTaskFailed(tasks[0], build.BuildId, Report(NodeA), null)),
                packages.AppendAsync(tasks[1].StreamKey, new BuildTaskCancelled(tasks[1], build.BuildId, "cancelled")),
                packages.AppendAsync(tasks[2].StreamKey, new BuildTaskCancelled(tasks[2], build.BuildId, "cancelled")));

            Assert.Equal(tasks[3], (await packages.ClaimAsync(Claim(NodeA)))!.BuildTaskId);
        }
    }

    private async Task<IReadOnlyList<int>> WaitsAsync(BuildTaskId task) => (await packages.ReadAsync(s => WhyBuildTaskWaits.ReadAsync(s, task, Token)))!.WaitsFor;
}
