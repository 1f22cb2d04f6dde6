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
