using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Packages;

/// <summary>Finds the task for a claim: the lowest id among those ready, of the arches asked for, whose source URL has no excluded part.</summary>
public static class ClaimBuildTaskHandler
{
    /// <summary>How many ready tasks of an arch are looked at. Above the number of nodes that claim at once, or rows locked by others look like an empty queue.</summary>
    private const int LookAhead = 64;

    /// <summary>How many are looked at when packages are excluded, and how often the search goes on behind them.</summary>
    private const int LookAheadPastExcluded = 512, Windows = 8;

    /// <summary>How often to look again when all that fits was locked: whoever holds it may yet let go of it.</summary>
    private const int Tries = 3;

    // The first ready rows of each arch. A function, because it fixes the plan: without statistics, as after a burst into an empty queue, PostgreSQL would sort
    // all ready rows rather than walk their index. It also saves planning the search for each claim, as long as it is told to keep the plan.
    internal const string Schema = """
        create or replace function es.ready_tasks(arches text[], behind int, look_ahead int)
            returns table (task_id int, url text, place bigint) language plpgsql stable rows 64
            set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set plan_cache_mode = force_generic_plan as $$
        begin
            return query select c.* from unnest(arches) a cross join lateral (
                select t.task_id, t.url, row_number() over (order by t.task_id + 0) from es.task_queue t
                where t.arch = a and t.ready and t.task_id + 0 > behind order by t.task_id + 0 limit look_ahead) c;
        end $$;
        """;

    private const string Fitting = """
        with candidates as materialized (select * from es.ready_tasks(?, ?, ?)),
        fitting as materialized (
            select c.task_id from candidates c
            where not exists (select from unnest(?::text[]) x where position(lower(x) in lower(c.url)) > 0))
        """;

    internal const string Find = $"""
        {Fitting}
        select q.stream from es.task_queue q where q.task_id = any(array(select task_id from fitting)) and q.ready
        order by q.task_id limit 1 for no key update of q skip locked
        """;

    private const string Look = $"""
        {Fitting}
        select jsonb_build_object('Fitting', (select count(*) from fitting), 'GoOnBehind', (select min(task_id) from candidates where place = ?))
        """;

    /// <summary>Locks the task's row until the session's save and reads its stream; null when there is nothing for this node.</summary>
    public static async Task<IEventStream<BuildTask>?> LoadAsync(
        ClaimBuildTask command, IDocumentSession session, DateTimeOffset now, CancellationToken token)
    {
        if (await FindAsync(command, session, token) is not { Aggregate: { } task } stream)
            return null;

        session.BeginLease(task.BuildTaskId, command.Node, command.Silence, now);
        return stream;
    }

    private static async Task<IEventStream<BuildTask>?> FindAsync(ClaimBuildTask command, IDocumentSession session, CancellationToken token)
    {
        string[] arches = [.. command.SupportedArches.Distinct()], excluded = [.. command.ExcludedPackages];
        var window = excluded is [] ? LookAhead : LookAheadPastExcluded;
        var behind = 0;

        for (var (look, tries) = (1, 1); look <= Windows && tries <= Tries;)
        {
            if (await session.Events.FindForWriting<BuildTask>(Find, token, arches, behind, window, excluded) is { } found)
                return found;

            var seen = (await session.QueryAsync<Seen>(Look, token, arches, behind, window, excluded, window))[0];
            if (seen.Fitting > 0)
                tries++;
            else if (seen.GoOnBehind is { } next)
                (behind, look) = (next, look + 1);
            else
                return null;
        }

        return null;
    }

    private sealed record Seen(int Fitting, int? GoOnBehind);
}
