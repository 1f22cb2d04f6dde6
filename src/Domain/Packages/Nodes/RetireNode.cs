namespace EventSourced.Domain.Packages.Nodes;

/// <summary>Gives up a node for good. What it holds returns to the queue when its lease runs out.</summary>
public sealed record RetireNode(NodeId NodeId);

public static class RetireNodeHandler
{
    public static IReadOnlyList<INodeEvent> Handle(RetireNode command, Node? node)
    {
        if (node is null)
            throw new RuleViolationException(NodeErrors.Unknown, $"There is no {command.NodeId.StreamKey}.");

        return node.IsRetired ? [] : [new NodeRetired(node.NodeId)];
    }
}
