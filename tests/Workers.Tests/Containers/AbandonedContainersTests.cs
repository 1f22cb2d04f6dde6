using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;
using EventSourced.Workers.Tests.Crash;
using EventSourced.Workers.Tests.Packages;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Workers.Tests.Containers;

[Collection(EngineTests.Name)]
public sealed class AbandonedContainersTests(TestEngine engine) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _made = [];
    private NodeMaster _master = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _master = await NodeMaster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var id in _made)
            await engine.Client.RemoveAsync(id, CancellationToken.None);

        await _master.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_a_killed_node_left_goes_at_its_next_start_and_nothing_else()
    {
        var node = NodeIdentity.Of(_folder["node"]);
        using var work = WorkFolder.In(_folder["node"], "8-1-");
        var left = await StartAsync(new ContainerOwner(node, "7-1-gone", "7-1"), "4821");
        await engine.Client.CommitAsync(left, "eventsourced-build", "left", Cancellation);
        await StartAsync(new ContainerOwner(node, Path.GetFileName(work.Path), "8-1"), "4822");
        await StartAsync(new ContainerOwner("another-node", "7-1-gone", "7-1"), "4823");
        await StartAsync(owner: null, "4824");

        using (var host = Node())
        {
            await host.StartAsync(Cancellation);
            await Until.TrueAsync("the image is gone", async () => await engine.Client.FindImageAsync("eventsourced-build:left", Cancellation) is null, Until.Stalled, Cancellation);
            await host.StopAsync(Cancellation);
        }

        Assert.Equal([0, 1, 1, 1], new[] { "4821", "4822", "4823", "4824" }.Select(seconds => SandboxRun.Processes($"/bin/sleep\0{seconds}")));
        Assert.NotNull(await engine.Client.FindImageAsync(TestEngine.Image, Cancellation));
    }

    [Fact]
    public void A_node_is_the_same_after_a_restart_and_like_no_other()
    {
        var first = NodeIdentity.Of(_folder["node"]);

        Assert.Matches("^[0-9a-f]{12}$", first);
        Assert.Equal(first, NodeIdentity.Of(_folder["node"]));
        Assert.NotEqual(first, NodeIdentity.Of(_folder["other"]));
    }

    private async Task<string> StartAsync(ContainerOwner? owner, string seconds)
    {
        var spec = new ContainerSpec(TestEngine.Image, ["/bin/sleep", seconds]) { Labels = owner?.Labels ?? new Dictionary<string, string>() };
        var id = await engine.Client.CreateAsync(owner?.ContainerName ?? "somebody-elses", spec, Cancellation);
        _made.Add(id);
        await engine.Client.StartAsync(id, Cancellation);
        return id;
    }

    private IHost Node()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Path"] = _folder.Path, ["Node:MasterUrl"] = _master.Address.ToString(), ["Containers:Engine"] = engine.Address,
        });
        builder.Services.AddBuildNode();
        return builder.Build();
    }
}
