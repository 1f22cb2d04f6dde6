using EventSourced.Api.Tests.Packages.Albs;

namespace EventSourced.Api.Tests.Packages;

/// <summary>One task of an owner and arch at a time.</summary>
public sealed class FairHost : ApiHost
{
    public FairHost() => Settings["Packages:Nodes:MostOfOwner"] = "1";
}

public sealed class OwnerLimitTests(FairHost host) : IClassFixture<FairHost>
{
    private readonly AlbsClient albs = new(host);
    private readonly string arch = AlbsClient.NewName("a");

    [Fact]
    public async Task The_next_task_of_an_owner_waits_for_the_one_before_says_so_and_goes_to_the_node_that_waits()
    {
        var platform = await albs.CreatePlatformAsync(arch);
        var (first, second) = (await SubmitAsync(platform), await SubmitAsync(platform));
        var (node, idle) = (await albs.NewNodeAsync(), await albs.NewNodeAsync());
        Assert.Equal(first, (await albs.ClaimAsync(node, [arch]))?.GetProperty("id").GetInt32());
        Assert.Null(await albs.ClaimAsync(idle, [arch], "?wait=1"));
        Assert.Equal("""{"for":[],"ready":false,"readyBefore":0,"ownerLimit":1}""", await WaitsAsync(second));

        var waiting = albs.ClaimAsync(idle, [arch], "?wait=60");
        await albs.Report(node, first).With("X-Attempt", "1").Expect(200);

        Assert.Equal(second, (await waiting)?.GetProperty("id").GetInt32());
        Assert.Equal("null", await WaitsAsync(second));
    }

    private async Task<int> SubmitAsync(string platform) =>
        (await albs.SubmitAsync(platform, [arch], "https://git.example.org/a.git")).GetProperty("tasks")[0].GetProperty("id").GetInt32();

    private async Task<string> WaitsAsync(int task) => (await albs.Http.Get($"/api/build-tasks/{task}").Expect(200)).Json.GetProperty("waits").GetRawText();
}
