using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>Packages of i686 that x86_64 has as well (albs 9.6), because another distribution has them so.</summary>
public static class Multilib
{
    /// <summary>The arch that has packages of another one.</summary>
    public const string Arch = "x86_64";

    /// <summary>The other one.</summary>
    public const string Other = "i686";

    /// <param name="known">What the beholder says.</param>
    /// <param name="others">What the task for <see cref="Other"/> delivered.</param>
    /// <param name="own">What the task for <see cref="Arch"/> delivered; what it has is not taken again.</param>
    public static IReadOnlyList<BuildArtifact> PackagesOf(
        IReadOnlyList<ReferencePackage> known, IReadOnlyList<BuildArtifact> others, IReadOnlyList<BuildArtifact> own)
    {
        var names = known.Where(p => p.Arch is Other && p.Repositories.Any(r => r.Arch is Arch)).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        return [.. others.Where(a => a is { IsPackage: true, Meta: { Arch: Other } meta } && names.Contains(meta.Name) && own.All(o => o.Name != a.Name))];
    }
}
