using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class BuildTaskLeasesTests : IAsyncLifetime
{
    private readonly PackagesDatabase packages = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => packages.InitializeAsync();

    public ValueTask DisposeAsync() => packages.DisposeAsync();

    [Fact]
    public async Task A_silent_node_is_noticed_after_its_silence()
    {
        var task = await ClaimedAsync();

        packages.Clock.Advance(Silence);
        Assert.Empty(await ExpiredAsync());

        packages.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([new RequeueSilentBuildTask(task, 1)], await ExpiredAsync());
    }

    [Fact]
    public async Task A_ping_renews_the_lease()
    {
        var task = await ClaimedAsync();
        packages.Clock.Advance(TimeSpan.FromSeconds(29));

        await PingAsync(NodeA, task.Value, 99_999);

        packages.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(await ExpiredAsync());
        Assert.Equal(packages.Clock.GetUtcNow() - TimeSpan.FromSeconds(29), (await packages.ReadAsync(s => s.TasksLastHeardOfAsync([task.Value], Token)))[task.Value]);
    }

    [Fact]
    public async Task A_node_was_last_heard_of_at_its_last_ping_with_tasks_or_without()
    {
        await PingAsync(NodeA);
        packages.Clock.Advance(TimeSpan.FromMinutes(1));
        await PingAsync(NodeA, 99_999);

        var heard = await packages.ReadAsync(s => s.NodesLastHeardOfAsync([NodeA, NodeB], Token));

        Assert.Equal([KeyValuePair.Create(NodeA, packages.Clock.GetUtcNow())], heard);
    }

    [Fact]
    public async Task Only_the_holder_renews()
    {
        var task = await ClaimedAsync();
        packages.Clock.Advance(TimeSpan.FromSeconds(29));

        await PingAsync(NodeB, task.Value);

        packages.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(task, Assert.Single(await ExpiredAsync()).BuildTaskId);
    }

    [Fact]
    public async Task A_ping_too_late_renews_nothing()
    {
        var task = await ClaimedAsync();
        packages.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Single(await ExpiredAsync());

        await PingAsync(NodeA, task.Value);

        Assert.Empty(await packages.ReadAsync(s => s.TasksLastHeardOfAsync([task.Value], Token)));
    }

    [Fact]
    public async Task A_task_whose_lease_is_lost_is_found_by_the_end_its_assignment_gave()
    {
        var task = await ClaimedAsync();
        await packages.ExecuteAsync("delete from es.task_leases");

        Assert.Empty(await ExpiredAsync());
        packages.Clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal([new RequeueSilentBuildTask(task, 1)], await ExpiredAsync());
        Assert.Equal([new RequeueSilentBuildTask(task, 1)], await ExpiredAsync());
    }

    [Fact]
    public async Task A_reported_task_has_no_lease_to_run_out()
    {
        var task = await ClaimedAsync();
        await packages.AppendAsync(task.StreamKey, new BuildTaskReported(task, new BuildId(1), Report(NodeA)));
        packages.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Empty(await ExpiredAsync());
    }

    [Fact]
    public async Task Leases_of_attempts_that_are_over_are_removed()
    {
        var task = await ClaimedAsync();
        await packages.AppendAsync(task.StreamKey, new BuildTaskFailed(task, new BuildId(1), Report(NodeA), null));
        packages.Clock.Advance(TimeSpan.FromHours(1));
        var running = await ClaimedAsync();

        await using var session = packages.Store.LightweightSession();
        await session.RemoveEndedLeasesAsync(packages.Clock.GetUtcNow(), Token);

        Assert.Equal([running.Value], (await packages.ReadAsync(s => s.TasksLastHeardOfAsync([task.Value, running.Value], Token))).Keys);
    }

    [Fact]
    public async Task A_new_attempt_has_a_lease_of_its_own()
    {
        var task = await ClaimedAsync();
        packages.Clock.Advance(TimeSpan.FromSeconds(31));
        await ExpiredAsync();
        await packages.AppendAsync(task.StreamKey, new BuildTaskRequeued(task, new BuildId(1), 1, "silent"));

        Assert.Equal(task, (await packages.ClaimAsync(Claim(NodeB)))!.BuildTaskId);

        Assert.Empty(await ExpiredAsync());
        packages.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal([new RequeueSilentBuildTask(task, 2)], await ExpiredAsync());
    }

    [Fact]
    public async Task Expired_leases_are_taken_once_by_many_sweepers()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Independent("amd64")], [.. Enumerable.Range(0, 20).Select(n => Source($"p{n}"))]);
        foreach (var _ in build.Tasks)
            await packages.ClaimAsync(Claim(NodeA));

        packages.Clock.Advance(TimeSpan.FromSeconds(31));
        var sweeps = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(ExpiredAsync)));

        Assert.Subset(build.Tasks.Select(t => t.BuildTaskId).ToHashSet(), sweeps.SelectMany(s => s).Select(r => r.BuildTaskId).ToHashSet());
        Assert.Equal(build.Tasks.Count, sweeps.SelectMany(s => s).Concat(await ExpiredAsync()).Select(r => r.BuildTaskId).Distinct().Count());
    }

    private async Task<BuildTaskId> ClaimedAsync()
    {
        await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));
        return (await packages.ClaimAsync(Claim(NodeA)))!.BuildTaskId;
    }

    private async Task PingAsync(string node, params int[] tasks)
    {
        await using var session = packages.Store.LightweightSession();
        await session.RenewLeasesAsync(node, tasks, packages.Clock.GetUtcNow(), Token);
    }

    private Task<IReadOnlyList<RequeueSilentBuildTask>> ExpiredAsync() =>
        packages.ReadAsync(s => s.TakeExpiredLeasesAsync(packages.Clock.GetUtcNow(), 100, Token));
}
