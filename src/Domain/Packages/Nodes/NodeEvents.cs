namespace EventSourced.Domain.Packages.Nodes;

public interface INodeEvent
{
    NodeId NodeId { get; }
}

/// <param name="NodeId">The node; its stream key is its principal key.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Arches">What it says it can build.</param>
public sealed record NodeRegistered(NodeId NodeId, string Name, IReadOnlyList<string> Arches) : INodeEvent;

public sealed record NodeRetired(NodeId NodeId) : INodeEvent;
