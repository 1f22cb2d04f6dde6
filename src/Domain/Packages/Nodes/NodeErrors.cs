namespace EventSourced.Domain.Packages.Nodes;

public static class NodeErrors
{
    public const string Unknown = "node.unknown";
}
