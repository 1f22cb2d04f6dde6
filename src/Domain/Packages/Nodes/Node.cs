namespace EventSourced.Domain.Packages.Nodes;

/// <summary>A machine that builds for us and was registered for it. Heartbeats are not events.</summary>
public sealed record Node(string Id, NodeId NodeId, string Name, bool IsRetired)
{
    public static Node Create(NodeRegistered e) => new(e.NodeId.StreamKey, e.NodeId, e.Name, IsRetired: false);

    public Node Apply(NodeRetired _) => this with { IsRetired = true };
}
