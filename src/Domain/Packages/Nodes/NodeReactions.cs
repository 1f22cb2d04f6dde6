using EventSourced.Domain.Accounts;

namespace EventSourced.Domain.Packages.Nodes;

public static class NodeReactions
{
    public static RevokeKeysOf When(NodeRetired e) => new(e.NodeId.StreamKey);
}
