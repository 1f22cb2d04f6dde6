using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Packages;

/// <summary>Between the end of a package's last task and the moment its tasks have shared what they built for every arch.</summary>
internal static class NoarchSharing
{
    /// <summary>Sharing follows the end of the last task at once; if it did not by then, it failed, and what waits for it goes on.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>What the tasks delivered, in the order in which they ended.</summary>
    public static IReadOnlyList<IReadOnlyList<BuildArtifact>> Delivered(this IEnumerable<BuildTaskDetails> tasks) =>
        [.. tasks.OrderBy(t => t.FinishedAt).ThenBy(t => t.Number).Select(t => t.Artifacts)];

    /// <summary>Whether some of these tasks of a build are about to share what they built for every arch.</summary>
    public static bool ArePackagesOnTheirWay(this IEnumerable<BuildTaskDetails> tasks, DateTimeOffset now) =>
        tasks.Where(t => t.Arch is not BuildPlan.Source).GroupBy(t => (t.Index, t.Platform.PlatformId))
            .Where(group => group.All(t => t.FinishedAt is not null) && group.Max(t => t.FinishedAt) > now - Patience)
            .Any(group => !NoarchPackages.AreShared(group.Where(t => t.Status is BuildTaskStatus.Completed).Delivered()));
}
