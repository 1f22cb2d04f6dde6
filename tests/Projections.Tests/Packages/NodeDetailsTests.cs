using EventSourced.Domain.Packages.Nodes;

namespace EventSourced.Projections.Tests.Packages;

public sealed class NodeDetailsTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    [Fact]
    public async Task Nodes_are_listed_with_those_that_retired()
    {
        var start = packages.Clock.GetUtcNow();
        foreach (var id in new[] { 11, 9 })
            await packages.StartAsync(RegisterNodeHandler.Handle(new(new NodeId(id), $"builder {id}", ["amd64"])));

        packages.Clock.Advance(TimeSpan.FromHours(1));
        await packages.AppendAsync("node-9", new NodeRetired(new NodeId(9)));

        var nodes = await packages.ReadAsync(s => s.NodesAsync(TestContext.Current.CancellationToken));

        Assert.Equal([(9, "builder 9", start + TimeSpan.FromHours(1)), (11, "builder 11", null)], nodes.Select(n => (n.Number, n.Name, n.RetiredAt)));
        Assert.Equal((start, "amd64"), (nodes[0].RegisteredAt, nodes[0].Arches[0]));
    }
}
