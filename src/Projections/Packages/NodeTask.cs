using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Projections.Packages;

/// <summary>All that a node has to know about the task it got.</summary>
/// <param name="Task">The task.</param>
/// <param name="Build">Its build.</param>
/// <param name="Platform">Its platform as it is now.</param>
/// <param name="Repositories">Of packages, whatever their arch and platform: the platform's, the build's, the linked builds', each in its order.</param>
/// <param name="HasReports">Whether a task of its build has reported files, which it may need.</param>
public sealed record NodeTask(
    BuildTaskDetails Task, BuildDetails Build, PlatformDetails Platform, IReadOnlyList<RepositoryDetails> Repositories, bool HasReports = false)
{
    /// <summary>Where the source package that it is built from is, below the address of the content; null when it builds its own.</summary>
    public string? SourcePackageUrl =>
        Task.SourcePackage is { } source
        && Repositories.FirstOrDefault(r => r.Arch is BuildPlan.Source && r.BuildId == Build.Number && r.PlatformId == Platform.Number)?.Settings.Url is { } root
            ? root + RepositoryPackage.PathOf(source.Name)
            : null;

    /// <summary>
    /// Those it may install from: not what the build, or a linked one, makes for another platform, which may have the same arch and other packages. Who links a build that has
    /// nothing for this one means what it has.
    /// </summary>
    /// <param name="archOfSources">The arch whose repositories a <c>src</c> task gets.</param>
    public IEnumerable<RepositoryDetails> RepositoriesToInstallFrom(string archOfSources)
    {
        var arch = Task.Arch is BuildPlan.Source ? archOfSources : Task.Arch;
        var otherType = Platform.Type is PlatformType.Deb ? "rpm" : "deb";
        return Repositories.Where(r => r.Arch == arch && r.Type != otherType && IsOfItsPlatform(r));
    }

    private bool IsOfItsPlatform(RepositoryDetails repository) =>
        repository.PlatformId is null || repository.PlatformId == Platform.Number || Platform.Repositories.Contains(repository.Number)
        || (repository.BuildId != Build.Number && !Repositories.Any(r => r.BuildId == repository.BuildId && r.PlatformId == Platform.Number));
}

public static class NodeTaskQueries
{
    // What tasks share is found once. Ids are collected into arrays, also those that are a parameter, so that every table is read by its key, however long it is, and the
    // plan costs the same whatever their number: PostgreSQL then keeps it.
    internal const string Find = """
        with tasks as materialized (select t.data from mt_doc_buildtaskdetails t where t.id = any(array(select unnest(?::varchar[])))),
        builds as materialized (
            select b.data from mt_doc_builddetails b where b.id = any(array(select distinct 'build-' || (t.data ->> 'BuildId') from tasks t))),
        linked as materialized (
            select b.data from mt_doc_builddetails b
            where b.id = any(array(select distinct 'build-' || l.id from builds, jsonb_array_elements_text(builds.data -> 'LinkedBuilds') l (id)))),
        platforms as materialized (
            select p.data from mt_doc_platformdetails p
            where p.id = any(array(select distinct 'platform-' || (t.data #>> '{Platform,PlatformId}') from tasks t))),
        repositories as (
            select r.data from mt_doc_repositorydetails r
            where r.data ->> 'Type' not in ('build_log', 'test_log') and r.id = any(array(
                select distinct 'repository-' || r.id
                from (select data from platforms union all select data from builds union all select data from linked) o,
                    jsonb_array_elements_text(o.data -> 'Repositories') r (id))))
        select jsonb_build_object(
            'Tasks', (select coalesce(jsonb_agg(data), '[]') from tasks), 'Builds', (select coalesce(jsonb_agg(data), '[]') from builds),
            'Linked', (select coalesce(jsonb_agg(data), '[]') from linked), 'Platforms', (select coalesce(jsonb_agg(data), '[]') from platforms),
            'Repositories', (select coalesce(jsonb_agg(data), '[]') from repositories),
            'Reported', (
                select coalesce(jsonb_agg(b.data -> 'Number'), '[]') from builds b
                where exists (select from es.artifacts a where a.build_id = (b.data ->> 'Number')::int)))
        """;

    /// <summary>One task; null when it is unknown.</summary>
    public static async Task<NodeTask?> NodeTaskAsync(this IQuerySession session, BuildTaskId task, CancellationToken token) =>
        (await session.NodeTasksAsync([task], token)).GetValueOrDefault(task);

    /// <summary>Those of the tasks that are known, by one query.</summary>
    public static async Task<IReadOnlyDictionary<BuildTaskId, NodeTask>> NodeTasksAsync(
        this IQuerySession session, IReadOnlyCollection<BuildTaskId> tasks, CancellationToken token)
    {
        var found = (await session.QueryAsync<Found>(Find, token, [tasks.Select(t => t.StreamKey).ToArray()]))[0];
        var builds = found.Builds.ToDictionary(b => b.Number);
        var linked = found.Linked.ToDictionary(b => b.Number);
        var platforms = found.Platforms.ToDictionary(p => p.Number);
        var repositories = found.Repositories.ToDictionary(r => r.Number);
        return found.Tasks.ToDictionary(t => new BuildTaskId(t.Number), task =>
        {
            var (build, platform) = (builds[task.BuildId], platforms[task.Platform.PlatformId.Value]);
            var offered = platform.Repositories.Concat(build.Repositories).Concat(build.LinkedBuilds.SelectMany(l => linked.GetValueOrDefault(l)?.Repositories ?? []));
            return new NodeTask(task, build, platform, [.. offered.Select(r => repositories.GetValueOrDefault(r)).OfType<RepositoryDetails>()], found.Reported.Contains(task.BuildId));
        });
    }

    private sealed record Found(
        IReadOnlyList<BuildTaskDetails> Tasks, IReadOnlyList<BuildDetails> Builds, IReadOnlyList<BuildDetails> Linked, IReadOnlyList<PlatformDetails> Platforms,
        IReadOnlyList<RepositoryDetails> Repositories, IReadOnlyList<int> Reported);
}
