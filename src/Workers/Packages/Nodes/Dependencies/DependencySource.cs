namespace EventSourced.Workers.Packages.Nodes.Dependencies;

/// <summary>A repository as the package manager in the sandbox reads it.</summary>
/// <param name="Address">Where, on the loopback address.</param>
/// <param name="Key">The armored key by which its index has to be signed; null where it offers none.</param>
/// <param name="Priority">The lower, the sooner a package is taken from it.</param>
internal sealed record DependencySource(Uri Address, string? Key, int Priority);
