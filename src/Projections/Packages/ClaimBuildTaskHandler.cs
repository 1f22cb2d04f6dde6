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

    // The first ready rows of each arch come from the partial index by the lateral join; asked directly for the lowest id, PostgreSQL walks the primary key
    // through all rows that were handed out before.
    internal const string Find = """
        with candidates as materialized (
            select c.task_id, c.url, c.place from unnest(?::text[]) a cross join lateral (
                select t.task_id, t.url, row_number() over (order by t.task_id) place from es.task_queue t
                where t.arch = a and t.ready and t.task_id > ? order by t.task_id limit ?) c),
        fitting as materialized (
            select c.task_id from candidates c
            where not exists (select from unnest(?::text[]) x where position(lower(x) in lower(c.url)) > 0)),
        free as materialized (
            select q.task_id from fitting f join es.task_queue q using (task_id) where q.ready
            order by q.task_id limit 1 for no key update of q skip locked)
        select jsonb_build_object(
            'TaskId', (select task_id from free), 'Fitting', (select count(*) from fitting),
            'GoOnBehind', (select min(task_id) from candidates where place = ?))
        """;

    /// <summary>Locks the task's row until the session's save and reads its stream; null when there is nothing for this node.</summary>
    public static async Task<IEventStream<BuildTask>?> LoadAsync(
        ClaimBuildTask command, IDocumentSession session, DateTimeOffset now, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        if (await FindAsync(command, session, token) is not { } task)
            return null;

        session.BeginLease(task, command.Node, command.Silence, now);
        return await session.Events.FetchForWriting<BuildTask>(task.StreamKey, token);
    }

    private static async Task<BuildTaskId?> FindAsync(ClaimBuildTask command, IDocumentSession session, CancellationToken token)
    {
        string[] arches = [.. command.SupportedArches.Distinct()], excluded = [.. command.ExcludedPackages];
        var window = excluded is [] ? LookAhead : LookAheadPastExcluded;
        var behind = 0;

        for (var (look, tries) = (1, 1); look <= Windows && tries <= Tries;)
        {
            var found = (await session.QueryAsync<Found>(Find, token, arches, behind, window, excluded, window))[0];
            if (found.TaskId is { } task)
                return new BuildTaskId(task);

            if (found.Fitting > 0)
                tries++;
            else if (found.GoOnBehind is { } next)
                (behind, look) = (next, look + 1);
            else
                return null;
        }

        return null;
    }

    private sealed record Found(int? TaskId, int Fitting, int? GoOnBehind);
}
