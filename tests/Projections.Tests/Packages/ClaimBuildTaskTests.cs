using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class ClaimBuildTaskTests : IAsyncLifetime
{
    private readonly PackagesDatabase packages = new();

    public ValueTask InitializeAsync() => packages.InitializeAsync();

    public ValueTask DisposeAsync() => packages.DisposeAsync();

    [Fact]
    public async Task An_empty_queue_has_nothing() => Assert.Null(await packages.ClaimAsync(Claim(NodeA)));

    [Fact]
    public async Task The_lowest_id_comes_first_whatever_the_order_of_arches()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Independent("arm64", "amd64")], Source("a"), Source("b"));
        await EndAsync(build.Tasks[0]);
        await EndAsync(build.Tasks[2]);

        var claims = new[] { await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64")), await packages.ClaimAsync(Claim(NodeA, "arm64", "amd64")) };

        Assert.Equal([build.Tasks[1].BuildTaskId, build.Tasks[3].BuildTaskId], claims.Select(c => c!.BuildTaskId));
    }

    [Fact]
    public async Task Only_arches_the_node_has_are_handed_out()
    {
        await packages.RequestAsync(BuildForm.Documented, [Independent("arm64")], Source("a"));

        Assert.Null(await packages.ClaimAsync(Claim(NodeA, "amd64", "i386")));
        Assert.NotNull(await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64")));
    }

    [Fact]
    public async Task A_claim_is_an_attempt_with_a_lease()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));

        var claim = await packages.ClaimAsync(Claim(NodeA));

        Assert.Equal(new BuildTaskAssigned(build.Tasks[0].BuildTaskId, build.BuildId, NodeA, 1, packages.Clock.GetUtcNow() + Silence), claim);
        Assert.Null(await packages.ClaimAsync(Claim(NodeB)));
    }

    [Fact]
    public async Task A_task_waits_for_those_before_it()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64", "arm64")], Source("a"), Source("b"));
        var (first, other, second) = (build.Tasks[0], build.Tasks[1], build.Tasks[2]);

        Assert.Equal(first.BuildTaskId, (await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64")))!.BuildTaskId);
        Assert.Null(await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64")));

        await EndAsync(first);

        Assert.Equal(other.BuildTaskId, (await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64")))!.BuildTaskId);
        Assert.Equal(second.BuildTaskId, (await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64")))!.BuildTaskId);
        Assert.Null(await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64")));

        await EndAsync(second);
        Assert.Null(await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64")));

        await EndAsync(other);
        Assert.Equal(build.Tasks[3].BuildTaskId, (await packages.ClaimAsync(Claim(NodeA, "amd64", "arm64")))!.BuildTaskId);
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("KERNEL")]
    public async Task Excluded_packages_are_passed_over(string excluded)
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Independent("amd64")], Source("Kernel"), Source("tree"));

        var claim = await packages.ClaimAsync(Claim(NodeA) with { ExcludedPackages = ["no-such", excluded] });

        Assert.Equal(build.Tasks[1].BuildTaskId, claim!.BuildTaskId);
        Assert.Null(await packages.ClaimAsync(Claim(NodeA) with { ExcludedPackages = [excluded] }));
    }

    [Fact]
    public async Task The_search_goes_on_behind_many_excluded_packages()
    {
        var build = await packages.RequestAsync(
            BuildForm.Documented, [Independent("amd64")], [.. Enumerable.Repeat(Source("kernel"), 1100), Source("tree")]);

        var claim = await packages.ClaimAsync(Claim(NodeA) with { ExcludedPackages = ["kernel"] });

        Assert.Equal(build.Tasks[^1].BuildTaskId, claim!.BuildTaskId);
    }

    [Fact]
    public async Task What_another_claim_holds_is_passed_over()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Independent("amd64")], Source("a"), Source("b"));
        await using var other = packages.Store.LightweightSession();
        Assert.NotNull(await Projections.Packages.ClaimBuildTaskHandler.LoadAsync(Claim(NodeB), other, packages.Clock.GetUtcNow(), TestContext.Current.CancellationToken));

        Assert.Equal(build.Tasks[1].BuildTaskId, (await packages.ClaimAsync(Claim(NodeA)))!.BuildTaskId);
        Assert.Null(await packages.ClaimAsync(Claim(NodeA)));
    }

    [Fact]
    public async Task Claimers_at_once_never_share_a_task()
    {
        const int Nodes = 32, Tasks = 200;
        var build = await packages.RequestAsync(BuildForm.Documented, [Independent("amd64")], [.. Enumerable.Range(0, Tasks).Select(n => Source($"p{n}"))]);

        var claims = await Task.WhenAll(Enumerable.Range(0, Nodes).Select(node => Task.Run(() => ClaimAllAsync($"node-{node}"))));

        var claimed = claims.SelectMany(c => c).ToList();
        Assert.Equal(build.Tasks.Select(t => t.BuildTaskId.Value), claimed.Select(c => c.BuildTaskId.Value).Order());
        Assert.All(claimed, c => Assert.Equal(1, c.Attempt));
    }

    [Fact]
    public async Task Nodes_that_claim_together_get_the_lowest_ids_in_the_order_they_asked()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Independent("amd64")], Source("a"), Source("b"), Source("c"));

        var claims = await packages.ClaimTogetherAsync(Claim("node-1"), Claim("node-2"), Claim("node-3"), Claim("node-4"));

        var lease = packages.Clock.GetUtcNow() + Silence;
        Assert.Equal(
            [.. build.Tasks.Select((t, n) => new BuildTaskAssigned(t.BuildTaskId, build.BuildId, $"node-{n + 1}", 1, lease)), null], claims);
        var holdings = await Task.WhenAll(build.Tasks.Select(t => packages.ReadAsync(s => s.HoldingAsync(t.BuildTaskId, TestContext.Current.CancellationToken))));
        Assert.Equal(["node-1", "node-2", "node-3"], holdings.Select(h => h!.Node));
        Assert.Empty(await packages.ReadAsync(s => s.TakeExpiredLeasesAsync(packages.Clock.GetUtcNow(), 10, TestContext.Current.CancellationToken)));
        Assert.Null(await packages.ClaimAsync(Claim(NodeA)));
    }

    [Fact]
    public async Task Nodes_that_claim_together_get_only_what_each_can_build_and_none_of_it_twice()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Independent("amd64", "arm64")], Source("kernel"), Source("tree"));
        var ids = build.Tasks.Select(t => t.BuildTaskId).ToList();
        ClaimBuildTask picky = Claim("node-1") with { ExcludedPackages = ["kernel"] }, both = Claim("node-2", "amd64", "arm64"), same = Claim("node-3", "arm64", "amd64");
        ClaimBuildTask arm = Claim("node-4", "arm64"), other = Claim("node-5", "i386"), late = picky with { Node = "node-6" };
        await EndAsync(build.Tasks[0]);
        await EndAsync(build.Tasks[2]);

        var claims = await packages.ClaimTogetherAsync(arm, picky, both, other, same, late);

        var handedOut = claims.OfType<BuildTaskAssigned>().ToDictionary(c => c.Node, c => c.BuildTaskId);
        Assert.Equal(ids[1], handedOut["node-4"]);
        Assert.Equal(ids[3], handedOut["node-2"]);
        Assert.Equal(2, handedOut.Count);
    }

    [Fact]
    public async Task Claims_together_pass_over_what_another_one_holds()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Independent("amd64")], Source("a"), Source("b"), Source("c"));
        await using var other = packages.Store.LightweightSession();
        Assert.NotNull(await Projections.Packages.ClaimBuildTaskHandler.LoadAsync(Claim(NodeB), other, packages.Clock.GetUtcNow(), TestContext.Current.CancellationToken));

        var claims = await packages.ClaimTogetherAsync(Claim("node-1"), Claim("node-2"), Claim("node-3"));

        Assert.Equal([build.Tasks[1].BuildTaskId, build.Tasks[2].BuildTaskId], claims.OfType<BuildTaskAssigned>().Select(c => c.BuildTaskId));
    }

    [Fact]
    public async Task Groups_of_claimers_at_once_never_share_a_task()
    {
        const int Groups = 6, Tasks = 150;
        var build = await packages.RequestAsync(BuildForm.Documented, [Independent("amd64")], [.. Enumerable.Range(0, Tasks).Select(n => Source($"p{n}"))]);

        var claims = await Task.WhenAll(Enumerable.Range(0, Groups).Select(group => Task.Run(async () =>
        {
            var all = new List<BuildTaskAssigned>();
            while ((await packages.ClaimTogetherAsync([.. Enumerable.Range(0, 7).Select(n => Claim($"node-{group}{n}"))])).OfType<BuildTaskAssigned>().ToList() is { Count: > 0 } some)
                all.AddRange(some);

            return all;
        })));

        Assert.Equal(build.Tasks.Select(t => t.BuildTaskId.Value), claims.SelectMany(c => c).Select(c => c.BuildTaskId.Value).Order());
    }

    [Fact]
    public async Task A_requeued_task_is_handed_out_again()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));
        await packages.ClaimAsync(Claim(NodeA));
        var task = build.Tasks[0].BuildTaskId;
        await packages.AppendAsync(task.StreamKey, new BuildTaskRequeued(task, build.BuildId, 1, "The node fell silent."));

        var again = await packages.ClaimAsync(Claim(NodeB));

        Assert.Equal((task, 2, NodeB), (again!.BuildTaskId, again.Attempt, again.Node));
    }

    private async Task<List<BuildTaskAssigned>> ClaimAllAsync(string node)
    {
        var claims = new List<BuildTaskAssigned>();
        while (await packages.ClaimAsync(Claim(node)) is { } claim)
            claims.Add(claim);

        return claims;
    }

    private async Task EndAsync(BuildTaskEntry task)
    {
        await packages.AppendAsync(task.BuildTaskId.StreamKey, new BuildTaskFailed(task.BuildTaskId, new BuildId(1), Report(NodeA), null));
        await packages.HandOverAsync(task.BuildTaskId);
    }
}
