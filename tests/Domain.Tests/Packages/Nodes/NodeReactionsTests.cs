using EventSourced.Domain.Accounts;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Nodes;

namespace EventSourced.Domain.Tests.Packages.Nodes;

public sealed class NodeReactionsTests
{
    [Fact]
    public void The_keys_of_a_retired_node_are_revoked() =>
        When(() => NodeReactions.When(new NodeRetired(new NodeId(3)))).Then(new RevokeKeysOf("node-3"));
}
