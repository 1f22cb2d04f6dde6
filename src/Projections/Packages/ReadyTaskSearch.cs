using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Packages;

/// <summary>
/// A search for tasks that a node may have: the lowest ids among those ready, of the arches asked for, whose source URL has no excluded part. It looks at some
/// of each arch, and goes on behind them where all of them are excluded.
/// </summary>
/// <param name="claim">Who asks, for what.</param>
/// <param name="wanted">How many.</param>
/// <param name="taken">Ids that this transaction has taken already: its own locks do not stop it from finding them again. Grows with what is found.</param>
internal sealed class ReadyTaskSearch(ClaimBuildTask claim, int wanted, List<int> taken)
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

        -- The same where an owner may have no more than so many tasks of an arch worked on at a time: those of owners who have are walked past, and of the others
        -- each row says how many are still free. What is held is few, a task for each busy node. Tasks taken by this transaction count as held.
        create or replace function es.ready_tasks_within(arches text[], behind int, look_ahead int, most int, taken int[])
            returns table (task_id int, url text, place bigint, arch text, owner_id int, free bigint) language plpgsql stable rows 64
            set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set plan_cache_mode = force_generic_plan as $$
        declare
            held jsonb := (select coalesce(jsonb_object_agg(h.arch || ' ' || h.owner_id, h.n), '{}') from (
                select q.arch, q.owner_id, count(*) as n from es.task_queue q
                where (q.holder is not null or q.task_id = any(taken)) and q.owner_id > 0 and q.arch = any(arches) group by q.arch, q.owner_id) h);
        begin
            return query select c.* from unnest(arches) a cross join lateral (
                select t.task_id, t.url, row_number() over (order by t.task_id + 0), t.arch, t.owner_id,
                    case when t.owner_id > 0 then most - coalesce((held ->> (a || ' ' || t.owner_id))::bigint, 0) else look_ahead end
                from es.task_queue t
                where t.arch = a and t.ready and t.task_id + 0 > behind and coalesce((held ->> (a || ' ' || t.owner_id))::bigint, 0) < most
                order by t.task_id + 0 limit look_ahead) c;
        end $$;
        """;

    private const string NotTaken = "c.task_id <> all(?::int[]) and not exists (select from unnest(?::text[]) x where position(lower(x) in lower(c.url)) > 0)";

    private const string Fitting = $"""
        with candidates as materialized (select * from es.ready_tasks(?, ?, ?)),
        fitting as materialized (select c.task_id from candidates c where {NotTaken})
        """;

    private const string FittingWithin = $"""
        with candidates as materialized (select * from es.ready_tasks_within(?, ?, ?, ?, ?)),
        fitting as materialized (
            select r.task_id from (
                select c.task_id, c.free, row_number() over (partition by c.arch, c.owner_id order by c.task_id) as rank from candidates c where {NotTaken}) r
            where r.rank <= r.free)
        """;

    private const string Ready = "from es.task_queue q where q.task_id = any(array(select task_id from fitting)) and q.ready order by q.task_id";

    /// <summary>Locks as many as are wanted, the last parameter.</summary>
    internal const string Lock = $"{Fitting} {LockFitting}";

    private const string LockFitting = $"select q.task_id {Ready} limit ? for no key update of q skip locked";

    private const string Look = """
        select jsonb_build_object('Fitting', (select count(*) from fitting), 'GoOnBehind', (select min(task_id) from candidates where place = ?))
        """;

    // Written out, as a claim is too short to put strings together.
    private static readonly (string Lock, string Look) Free = (Lock, $"{Fitting} {Look}"), Within = ($"{FittingWithin} {LockFitting}", $"{FittingWithin} {Look}");

    private readonly (string Lock, string Look) sql = claim.MostOfOwner is 0 ? Free : Within;
    private readonly string[] arches = [.. claim.SupportedArches.Distinct()];
    private readonly string[] excluded = [.. claim.ExcludedPackages];
    private readonly int window = (claim.ExcludedPackages is [] ? LookAhead : LookAheadPastExcluded) + taken.Count + wanted;
    private int behind, looks, tries;

    /// <summary>Locks the rows of as many as are wanted, or as there are, until the session's transaction ends. It has to be open.</summary>
    /// <returns>Their ids, ascending.</returns>
    public async Task<IReadOnlyList<int>> FindAsync(IDocumentSession session, CancellationToken token)
    {
        var found = new List<int>(wanted);
        do
        {
            var more = await session.QueryAsync<int>(sql.Lock, token, [.. Parameters(), wanted - found.Count]);
            found.AddRange(more);
            taken.AddRange(more);
        }
        while (found.Count < wanted && await GoesOnAsync(session, token));
        return [.. found.Order()];
    }

    /// <summary>Whether there may be some that were not found.</summary>
    private async Task<bool> GoesOnAsync(IDocumentSession session, CancellationToken token)
    {
        var seen = (await session.QueryAsync<Seen>(sql.Look, token, [.. Parameters(), window]))[0];
        if (seen.Fitting > 0)
            return ++tries < Tries;

        if (seen.GoOnBehind is not { } next)
            return false;

        behind = next;
        return ++looks < Windows;
    }

    private object[] Parameters() => claim.MostOfOwner is 0
        ? [arches, behind, window, taken.ToArray(), excluded]
        : [arches, behind, window, claim.MostOfOwner, taken.ToArray(), taken.ToArray(), excluded];

    private sealed record Seen(int Fitting, int? GoOnBehind);
}
