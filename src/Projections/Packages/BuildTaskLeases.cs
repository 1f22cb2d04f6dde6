using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Packages;

/// <summary>
/// Who still gives signs of life. Not a projection: pings are no events. A lease that is missing, as after a restore from events alone, counts as the one
/// its assignment gave.
/// </summary>
public static class BuildTaskLeases
{
    internal const string Schema = """
        create table if not exists es.task_leases (
            task_id int not null, node text not null, silence interval not null, seen_at timestamptz not null,
            expires_at timestamptz not null, constraint pkey_task_leases_task_id primary key (task_id));
        create index if not exists task_leases_idx_expires_at on es.task_leases (expires_at);
        create table if not exists es.node_signs (
            node text not null, seen_at timestamptz not null, constraint pkey_node_signs_node primary key (node));
        """;

    private const string Begin = """
        insert into es.task_leases (task_id, node, silence, seen_at, expires_at) values (?, ?, ?, ?, ?)
        on conflict (task_id) do update set node = excluded.node, silence = excluded.silence, seen_at = excluded.seen_at, expires_at = excluded.expires_at
        """;

    private const string Renew = """
        with held as materialized (
            select l.task_id from es.task_leases l join es.task_queue q on q.task_id = l.task_id and q.holder = l.node
            where l.node = ? and l.task_id = any(?) order by l.task_id for no key update of l)
        update es.task_leases l set seen_at = ?, expires_at = ? + l.silence from held h where l.task_id = h.task_id
        """;

    // A task that this node has reported is not lost, though nobody holds it any more.
    private const string Lost = """
        select (t.data ->> 'Number')::int from mt_doc_buildtaskdetails t where t.id = any(?) and t.data ->> 'Node' is distinct from ? order by 1
        """;

    private const string Holding = "select jsonb_build_object('Node', holder, 'Attempt', attempt) from es.task_queue where task_id = ?";

    private const string NoteHeard = "insert into es.node_signs (node, seen_at) values (?, ?) on conflict (node) do update set seen_at = excluded.seen_at";

    // What ran out is taken away, so that a ping too late renews nothing. If the caller dies before it asks for the tasks back, they have no lease and are found again.
    private const string TakeExpired = """
        with overdue as materialized (
            select q.task_id, q.attempt, l.task_id is null as lost from es.task_queue q
            left join es.task_leases l on l.task_id = q.task_id and l.node = q.holder
            where q.holder is not null and coalesce(l.expires_at, q.lease_expires_at) < ?
            order by q.task_id limit ?),
        locked as materialized (
            select l.task_id from es.task_leases l join overdue o using (task_id) where l.expires_at < ? order by l.task_id for update of l skip locked),
        taken as (delete from es.task_leases l using locked k where l.task_id = k.task_id returning l.task_id)
        select jsonb_build_object('BuildTaskId', o.task_id, 'Attempt', o.attempt) from overdue o
        where o.lost or o.task_id in (select task_id from taken) order by o.task_id
        """;

    private const string TasksHeard = "select jsonb_build_object('TaskId', task_id, 'SeenAt', seen_at) from es.task_leases where task_id = any(?)";

    private const string NodesHeard = "select jsonb_build_object('Node', node, 'SeenAt', seen_at) from es.node_signs where node = any(?)";

    private const string Clean = """
        delete from es.task_leases where task_id in (
            select l.task_id from es.task_leases l
            where l.expires_at < ? and not exists (select from es.task_queue q where q.task_id = l.task_id and q.holder = l.node)
            order by l.task_id for update skip locked)
        """;

    /// <summary>Queues the lease of an attempt that the session's save assigns.</summary>
    internal static void BeginLease(this IDocumentSession session, BuildTaskId task, string node, TimeSpan silence, DateTimeOffset now) =>
        session.QueueSqlCommand(Begin, task.Value, node, silence, now, now + silence);

    /// <summary>A node's ping: renews the leases of those tasks it really holds, and notes that it was heard of.</summary>
    public static async Task RenewLeasesAsync(
        this IDocumentSession session, string node, IReadOnlyCollection<int> tasks, DateTimeOffset now, CancellationToken token)
    {
        session.QueueSqlCommand(Renew, node, tasks.ToArray(), now, now);
        session.QueueSqlCommand(NoteHeard, node, now);
        await session.SaveChangesAsync(token);
    }

    /// <summary>Of these tasks those that were handed to somebody else, or back to the queue.</summary>
    public static Task<IReadOnlyList<int>> TasksLostByAsync(
        this IQuerySession session, string node, IReadOnlyCollection<int> tasks, CancellationToken token) =>
        session.QueryAsync<int>(Lost, token, tasks.Select(t => new BuildTaskId(t).StreamKey).ToArray(), node);

    /// <summary>Who holds a task; null when it is unknown or has ended.</summary>
    public static async Task<TaskHolding?> HoldingAsync(this IQuerySession session, BuildTaskId task, CancellationToken token) =>
        await session.QueryAsync<TaskHolding>(Holding, token, task.Value) is [var holding] ? holding : null;

    /// <summary>Takes up to <paramref name="limit"/> leases that have run out away; what has to be asked for each of them.</summary>
    public static Task<IReadOnlyList<RequeueSilentBuildTask>> TakeExpiredLeasesAsync(
        this IQuerySession session, DateTimeOffset now, int limit, CancellationToken token) =>
        session.QueryAsync<RequeueSilentBuildTask>(TakeExpired, token, now, limit, now);

    /// <summary>Removes leases of attempts that are over.</summary>
    public static async Task RemoveEndedLeasesAsync(this IDocumentSession session, DateTimeOffset now, CancellationToken token)
    {
        session.QueueSqlCommand(Clean, now);
        await session.SaveChangesAsync(token);
    }

    /// <summary>When the present holders of these tasks were last heard of; tasks without a lease are left out.</summary>
    public static async Task<IReadOnlyDictionary<int, DateTimeOffset>> TasksLastHeardOfAsync(
        this IQuerySession session, IReadOnlyCollection<int> tasks, CancellationToken token)
    {
        var rows = await session.QueryAsync<TaskHeard>(TasksHeard, token, [tasks.ToArray()]);
        return rows.ToDictionary(r => r.TaskId, r => r.SeenAt);
    }

    /// <summary>When these nodes pinged last, by principal key; those that never did are left out.</summary>
    public static async Task<IReadOnlyDictionary<string, DateTimeOffset>> NodesLastHeardOfAsync(
        this IQuerySession session, IReadOnlyCollection<string> nodes, CancellationToken token)
    {
        var rows = await session.QueryAsync<NodeHeard>(NodesHeard, token, [nodes.ToArray()]);
        return rows.ToDictionary(r => r.Node, r => r.SeenAt, StringComparer.Ordinal);
    }

    private sealed record TaskHeard(int TaskId, DateTimeOffset SeenAt);

    private sealed record NodeHeard(string Node, DateTimeOffset SeenAt);
}

/// <param name="Node">Principal key of the holder; null when nobody holds it.</param>
/// <param name="Attempt">How often it was assigned.</param>
public sealed record TaskHolding(string? Node, int Attempt);
