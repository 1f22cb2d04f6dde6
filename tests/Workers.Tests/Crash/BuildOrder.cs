namespace EventSourced.Workers.Tests.Crash;

/// <summary>What a client asks for.</summary>
/// <param name="Platform">For it.</param>
/// <param name="Arch">One of its arches.</param>
/// <param name="Urls">The sources, a task each.</param>
internal sealed record BuildOrder(TargetPlatform Platform, string Arch, IReadOnlyList<string> Urls)
{
    /// <summary>For nodes that never look at the sources.</summary>
    public static BuildOrder Delivered(TargetPlatform platform, string arch) =>
        new(platform, arch, ["https://git.example.org/crash-0.git", "https://git.example.org/crash-1.git"]);
}
