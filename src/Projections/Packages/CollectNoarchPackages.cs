using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Packages;

/// <summary>What the tasks of a group have for every arch, read in the transaction in which one of them takes it.</summary>
public static class TakeNoarchPackagesHandler
{
    public static async Task<NoarchPackages> LoadAsync(TakeNoarchPackages command, IDocumentSession session, CancellationToken token)
    {
        var tasks = await session.LoadManyAsync<BuildTaskDetails>(token, [.. command.Group.Select(t => t.StreamKey)]);
        var collected = NoarchPackages.In(tasks.Delivered());
        var own = tasks.Where(t => t.Number == command.BuildTaskId.Value).SelectMany(t => t.Artifacts).Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        var added = collected.Where(a => !own.Contains(a.Name)).ToList();
        var ids = added is [] ? [] : await session.NextArtifactIdsAsync(added.Count, token);
        return new([.. collected.Where(a => own.Contains(a.Name)), .. added.Zip(ids, (artifact, id) => artifact with { Id = id })]);
    }
}

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
