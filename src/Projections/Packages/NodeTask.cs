using EventSourced.Domain.Packages;

namespace EventSourced.Projections.Packages;

/// <summary>All that a node has to know about the task it got.</summary>
/// <param name="Task">The task.</param>
/// <param name="Build">Its build.</param>
/// <param name="Platform">Its platform as it is now.</param>
/// <param name="Repositories">Those of its arch it may install from: the platform's, the build's, the linked builds', each in its order.</param>
/// <param name="SourcePackage">File name of the source package that another task of the same package delivered; null when there is none yet.</param>
public sealed record NodeTask(
    BuildTaskDetails Task, BuildDetails Build, PlatformDetails Platform, IReadOnlyList<RepositoryDetails> Repositories, string? SourcePackage);

public static class NodeTaskQueries
{
    private const string Find = """
        with task as (select t.data from mt_doc_buildtaskdetails t where t.id = ?),
        build as (select b.data from mt_doc_builddetails b, task where b.id = 'build-' || (task.data ->> 'BuildId')),
        platform as (select p.data from mt_doc_platformdetails p, task where p.id = 'platform-' || (task.data #>> '{Platform,PlatformId}')),
        linked as (
            select b.data, l.place from build, jsonb_array_elements_text(build.data -> 'LinkedBuilds') with ordinality l (id, place)
            join mt_doc_builddetails b on b.id = 'build-' || l.id),
        wanted as (
            select 1 as list, 0::bigint as build, r.id, r.place from platform, jsonb_array_elements_text(platform.data -> 'Repositories') with ordinality r (id, place)
            union all
            select 2, 0, r.id, r.place from build, jsonb_array_elements_text(build.data -> 'Repositories') with ordinality r (id, place)
            union all
            select 3, linked.place, r.id, r.place from linked, jsonb_array_elements_text(linked.data -> 'Repositories') with ordinality r (id, place))
        select jsonb_build_object(
            'Task', task.data, 'Build', build.data, 'Platform', platform.data,
            'Repositories', coalesce((
                select jsonb_agg(r.data order by w.list, w.build, w.place) from wanted w join mt_doc_repositorydetails r on r.id = 'repository-' || w.id
                where r.data ->> 'Arch' = case task.data ->> 'Arch' when 'src' then ? else task.data ->> 'Arch' end and r.data ->> 'Type' not in ('build_log', 'test_log')), '[]'),
            'SourcePackage', (
                select a.name from es.artifacts a join mt_doc_buildtaskdetails o on o.id = 'build_task-' || a.task_id
                where a.build_id = (task.data ->> 'BuildId')::int and a.type = 'Rpm' and a.name like '%.src.rpm' and o.data ->> 'Status' = 'Completed'
                    and o.data -> 'Index' = task.data -> 'Index' and o.data #> '{Platform,PlatformId}' = task.data #> '{Platform,PlatformId}'
                order by a.artifact_id limit 1))
        from task, build, platform
        """;

    /// <summary>One query for one task; null when it is unknown.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="task">The task.</param>
    /// <param name="archOfSources">The arch whose repositories a <c>src</c> task gets.</param>
    /// <param name="token">Cancels.</param>
    public static async Task<NodeTask?> NodeTaskAsync(this IQuerySession session, BuildTaskId task, string archOfSources, CancellationToken token) =>
        await session.QueryAsync<NodeTask>(Find, token, task.StreamKey, archOfSources) is [var found] ? found : null;
}
