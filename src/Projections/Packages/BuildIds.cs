using EventSourced.Domain.Packages;

namespace EventSourced.Projections.Packages;

/// <summary>The ids a new build needs.</summary>
public sealed record BuildIds(BuildId Build, IReadOnlyList<BuildTaskId> Tasks, IReadOnlyList<RepositoryId> Repositories);

public static class BuildIdSequences
{
    private const string Draw = """
        select jsonb_build_object('Build', nextval('es.id_build'),
            'Tasks', (select jsonb_agg(n order by n) from (select nextval('es.id_build_task') n from generate_series(1, ?)) t),
            'Repositories', (select jsonb_agg(n order by n) from (select nextval('es.id_repository') n from generate_series(1, ?)) r))
        """;

    /// <summary>Draws all of them, ascending, by one query.</summary>
    public static async Task<BuildIds> NextBuildIdsAsync(this IQuerySession session, int tasks, int repositories, CancellationToken token) =>
        (await session.QueryAsync<BuildIds>(Draw, token, tasks, repositories))[0];
}
