using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>What releases have to know of builds and repositories.</summary>
public static class ReleaseFacts
{
    private const string Present = """
        select jsonb_build_object('RepositoryId', f.repository_id, 'FileName', n.name, 'Sha256', f.sha256, 'Href', f.href)
        from unnest(?::text[], ?::text[]) n (path, name)
        join es.repository_files f on f.path = n.path and f.repository_id = any(?) and f.until is null order by f.repository_id, n.name
        """;

    /// <summary>The packages of builds' completed tasks for these platforms.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="builds">The builds.</param>
    /// <param name="buildTasks">Only those of these tasks; null is all.</param>
    /// <param name="platforms">Names of the platforms, the one that is released to first.</param>
    /// <param name="token">Cancels.</param>
    public static async Task<IReadOnlyList<BuiltPackage>> BuiltPackagesAsync(
        this IQuerySession session, IReadOnlyCollection<int> builds, IReadOnlyCollection<int>? buildTasks, IReadOnlyList<string> platforms, CancellationToken token) =>
        BuiltPackage.Of([
            .. (await session.TasksOfBuildsAsync(builds, token))
                .Where(t => t.Status is BuildTaskStatus.Completed && buildTasks?.Contains(t.Number) is not false && platforms.Contains(t.Platform.Name))
                .Select(t => new CompletedTask(new(t.BuildId), t.Arch, t.Artifacts, t.Index, platforms.Index().First(p => p.Item == t.Platform.Name).Index)),
        ]);

    /// <summary>Packages of the same file names that these repositories have, published or about to be.</summary>
    public static Task<IReadOnlyList<PackageInRepository>> PackagesInAsync(
        this IQuerySession session, IReadOnlyCollection<int> repositories, IReadOnlyCollection<BuiltPackage> packages, CancellationToken token) =>
        session.QueryAsync<PackageInRepository>(
            Present, token, packages.Select(p => RepositoryPackage.PathOf(p.FileName)).ToArray(), packages.Select(p => p.FileName).ToArray(), repositories.ToArray());

    /// <summary>Tasks of builds that are called signed whose signed files are still on their way.</summary>
    public static async Task<IReadOnlyList<BuildTaskId>> TasksBeingSignedAsync(this IQuerySession session, IReadOnlyCollection<int> builds, CancellationToken token)
    {
        var signed = (await session.LoadManyAsync<BuildDetails>(token, [.. builds.Select(b => new BuildId(b).StreamKey)])).Where(b => b.IsSigned).Select(b => b.Number).ToList();
        return
        [
            .. (await session.TasksOfBuildsAsync(signed, token)).Where(t => t.LacksSignatures()).Select(t => new BuildTaskId(t.Number)),
        ];
    }

    /// <summary>How builds are signed. A build that is called signed may be a moment ahead of its files, or behind a task that has just ended: both count.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="builds">The builds.</param>
    /// <param name="platforms">Numbers of the platform they are released to and of those compatible with it. A key that names no platforms is for all.</param>
    /// <param name="token">Cancels.</param>
    public static async Task<IReadOnlyList<BuildSignature>> SignaturesOfAsync(
        this IQuerySession session, IReadOnlyList<BuildDetails> builds, IReadOnlySet<int> platforms, CancellationToken token)
    {
        var foreign = (await session.SignKeysAsync(token)).Where(k => k.Settings.Platforms is [_, ..] of && !of.Any(p => platforms.Contains(p.Value)))
            .ToDictionary(k => new SignKeyId(k.Number), k => k.Settings.KeyId ?? k.Id);
        var files = (await session.TasksOfBuildsAsync([.. builds.Select(b => b.Number)], token))
            .Where(t => t.Status is BuildTaskStatus.Completed && platforms.Contains(t.Platform.PlatformId.Value))
            .SelectMany(t => t.Artifacts.Where(Signable.IsSigned), (task, artifact) => (task.BuildId, Key: artifact.SignKeyId)).ToLookup(f => f.BuildId, f => f.Key);
        return
        [
            .. builds.Select(b => new BuildSignature(
                new(b.Number), b.IsSigned && !files[b.Number].Contains(null),
                files[b.Number].OfType<SignKeyId>().Select(k => foreign.GetValueOrDefault(k)).FirstOrDefault(k => k is not null))),
        ];
    }
}
