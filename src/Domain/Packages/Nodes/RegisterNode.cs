namespace EventSourced.Domain.Packages.Nodes;

/// <summary>Makes a node known; its token is the accounts area's business.</summary>
public sealed record RegisterNode(NodeId NodeId, string Name, IReadOnlyList<string> Arches);

public static class RegisterNodeHandler
{
    public static NewStream<Node> Handle(RegisterNode command) =>
        new(command.NodeId.StreamKey, [new NodeRegistered(command.NodeId, command.Name, command.Arches)]);
}
