namespace EventSourced.Workers.Packages.Repositories;

/// <summary>No index can be made of a repository's content, however often that is tried.</summary>
/// <param name="message">The reason, as people read it.</param>
/// <param name="packages">Paths of the packages that it may be for; none when it is for none in particular.</param>
public sealed class UnpublishableException(string message, IReadOnlyList<string> packages) : Exception(message)
{
    public IReadOnlyList<string> Packages { get; } = packages;
}
