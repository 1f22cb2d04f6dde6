namespace EventSourced.Workers.Adapters.Containers;

/// <summary>Whose a container or image is, as its labels say: what a killed node left is found by them, and nothing else is ever touched.</summary>
/// <param name="Node">Like no other node's; the same after a restart.</param>
/// <param name="Folder">Name of the work folder that is there as long as somebody works with the container.</param>
/// <param name="Work">What it does, for the container's name; the same work has the same name when it is repeated.</param>
public sealed record ContainerOwner(string Node, string Folder, string Work)
{
    public const string NodeLabel = "eventsourced.node";
    public const string FolderLabel = "eventsourced.folder";

    public string ContainerName => $"eventsourced-{Node}-{Work}";

    public IReadOnlyDictionary<string, string> Labels => new Dictionary<string, string> { [NodeLabel] = Node, [FolderLabel] = Folder };
}
