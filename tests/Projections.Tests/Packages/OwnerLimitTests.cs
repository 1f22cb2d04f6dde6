using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

/// <summary>Of one owner, only so many tasks of an arch are worked on at a time.</summary>
public sealed class OwnerLimitTests : IAsyncLifetime
{
    private const int Ann = 7, Bob = 8;

    private readonly PackagesDatabase packages = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => packages.InitializeAsync();

    public ValueTask DisposeAsync() => packages.DisposeAsync();

    [Fact]
    public async Task Whoever_has_enough_worked_on_waits_until_one_has_ended()
    {
        var ann = await RequestAsync(Ann, packages: 3);
        var bob = await RequestAsync(Bob, packages: 1);

        Assert.Equal(
            [ann.Tasks[0].BuildTaskId, ann.Tasks[1].BuildTaskId, bob.Tasks[0].BuildTaskId, null],
            [await ClaimAsync(2), await ClaimAsync(2), await ClaimAsync(2), await ClaimAsync(2)]);

        var first = ann.Tasks[0].BuildTaskId;
        await packages.AppendAsync(first.StreamKey, new BuildTaskSucceeded(first, ann.BuildId, []));
        Assert.Equal(ann.Tasks[2].BuildTaskId, await ClaimAsync(2));
    }

    [Fact]
    public async Task Without_a_limit_the_lowest_id_is_next()
    {
        var ann = await RequestAsync(Ann, packages: 3);
        await RequestAsync(Bob, packages: 1);
        Assert.Equal(ann.Tasks.Select(t => (BuildTaskId?)t.BuildTaskId), [await ClaimAsync(0), await ClaimAsync(0), await ClaimAsync(0)]);
    }

    [Fact]
    public async Task Each_arch_counts_for_itself()
    {
        var amd = await RequestAsync(Ann, packages: 2);
        var arm = await packages.RequestAsync(Ann, BuildForm.Documented, [Independent("arm64")], Source("a"));
        var claims = new List<BuildTaskId?>();
        for (var n = 0; n < 3; n++)
            claims.Add((await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64") with { MostOfOwner = 1 }))?.BuildTaskId);

        Assert.Equal([amd.Tasks[0].BuildTaskId, arm.Tasks[0].BuildTaskId, null], claims);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Nodes_that_ask_together_keep_to_it(int most)
    {
        var ann = await RequestAsync(Ann, packages: 6);
        var bob = await RequestAsync(Bob, packages: 3);

        // Not all for the same: several searches of one transaction.
        var claims = await packages.ClaimTogetherAsync([.. Enumerable.Range(0, 9).Select(n =>
            Claim($"node-{n}") with { MostOfOwner = most, ExcludedPackages = n % 2 is 0 ? [] : ["nothing"] })]);

        Assert.Equal(
            [.. ann.Tasks.Take(most).Concat(bob.Tasks.Take(most)).Select(t => t.BuildTaskId.Value).Order()],
            claims.Select(c => c?.BuildTaskId.Value).OfType<int>().Order());
    }

    [Fact]
    public async Task Nodes_that_ask_at_the_same_time_keep_to_it()
    {
        await RequestAsync(Ann, packages: 40);
        await RequestAsync(Bob, packages: 40);

        var claims = await Task.WhenAll(Enumerable.Range(0, 30).Select(n => packages.ClaimAsync(Claim($"node-{n}") with { MostOfOwner = 4 })));

        Assert.InRange(claims.Count(c => c is not null), 1, 8);
        Assert.Equal([0L], await packages.ReadAsync(s => s.QueryAsync<long>(
            "select count(*) from (select from es.task_queue where holder is not null group by owner_id having count(*) > 4) above", Token)));
    }

    [Fact]
    public async Task However_many_wait_for_it_others_are_found_behind_them()
    {
        await RequestAsync(Ann, packages: 3_000);
        var bob = await RequestAsync(Bob, packages: 1);

        await ClaimAsync(1);
        Assert.Equal(bob.Tasks[0].BuildTaskId, await ClaimAsync(1));
        Assert.Null(await ClaimAsync(1));
    }

    [Fact]
    public async Task Packages_that_a_node_excludes_do_not_use_it_up()
    {
        var ann = await RequestAsync(Ann, packages: 3);
        var claim = Claim(NodeA) with { MostOfOwner = 1, ExcludedPackages = ["p0.git", "p1.git"] };
        Assert.Equal(ann.Tasks[2].BuildTaskId, (await packages.ClaimAsync(claim))?.BuildTaskId);
    }

    [Fact]
    public async Task Whoever_looks_for_ready_tasks_counts_none_that_wait_for_it()
    {
        await RequestAsync(Ann, packages: 3);
        Assert.Equal(3, await ReadyAsync(1));

        await ClaimAsync(1);
        Assert.Equal((0, 2), (await ReadyAsync(1), await ReadyAsync(0)));
    }

    [Fact]
    public async Task A_task_says_how_many_of_its_owner_are_worked_on()
    {
        var build = await RequestAsync(Ann, packages: 3);
        await RequestAsync(Bob, packages: 1);
        for (var n = 0; n < 2; n++)
            await ClaimAsync(2);
        await ClaimAsync(2);

        Assert.Equal(2, (await packages.ReadAsync(s => WhyBuildTaskWaits.ReadAsync(s, build.Tasks[2].BuildTaskId, Token)))!.OwnerHas);
    }

    private Task<BuildRequested> RequestAsync(int owner, int packages) =>
        this.packages.RequestAsync(owner, BuildForm.Documented, [Independent("amd64")], [.. Enumerable.Range(0, packages).Select(n => Source($"p{n}"))]);

    private async Task<BuildTaskId?> ClaimAsync(int most) => (await packages.ClaimAsync(Claim(NodeA) with { MostOfOwner = most }))?.BuildTaskId;

    private async Task<int> ReadyAsync(int mostOfOwner) => (await packages.ReadAsync(s => s.ReadyTasksAsync(["amd64"], 10, mostOfOwner, Token)))["amd64"];
}
