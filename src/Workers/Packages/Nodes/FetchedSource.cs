namespace EventSourced.Workers.Packages.Nodes;

/// <summary>The fetched source of a task, as the sandbox reads it.</summary>
/// <param name="TarFile">A source tree, or the files of one source package.</param>
/// <param name="Kind">Which of them it is.</param>
/// <param name="Commit">The commit it comes from; null where nobody knows.</param>
public sealed record FetchedSource(string TarFile, SourceKind Kind, string? Commit);

public enum SourceKind
{
    Tree,
    Package,
}
