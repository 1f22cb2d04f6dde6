using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Nodes;

namespace EventSourced.Domain.Tests.Packages.Nodes;

public sealed class RegisterNodeTests
{
    [Fact]
    public void A_node_becomes_known() =>
        When(() => RegisterNodeHandler.Handle(new(new NodeId(3), "builder", ["amd64"])))
            .Then(new NewStream<Node>("node-3", [new NodeRegistered(new NodeId(3), "builder", ["amd64"])]));
}
