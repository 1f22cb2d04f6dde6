using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Nodes;

namespace EventSourced.Domain.Tests.Packages.Nodes;

public sealed class RetireNodeTests
{
    private static readonly NodeRegistered Registered = new(new NodeId(3), "builder", ["amd64"]);

    [Fact]
    public void A_node_is_given_up() =>
        Given<Node>(Registered).When(node => RetireNodeHandler.Handle(new(new NodeId(3)), node)).Then(new NodeRetired(new NodeId(3)));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<Node>(Registered, new NodeRetired(new NodeId(3))).When(node => RetireNodeHandler.Handle(new(new NodeId(3)), node)).ThenNothing();

    [Fact]
    public void An_unknown_node_is_refused() =>
        Given<Node>().When(node => RetireNodeHandler.Handle(new(new NodeId(3)), node)).ThenRefused(NodeErrors.Unknown);
}
