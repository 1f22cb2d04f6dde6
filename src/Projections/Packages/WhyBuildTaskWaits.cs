using EventSourced.Domain.Packages;

namespace EventSourced.Projections.Packages;

/// <summary>Why a task is not being worked on.</summary>
/// <param name="WaitsFor">Tasks that have to end first.</param>
/// <param name="Ready">Whether a node may have it now.</param>
/// <param name="Node">Who holds it; null when nobody does.</param>
/// <param name="ReadyBefore">How many ready tasks of its arch come first, counted up to 1,000; null unless it is ready.</param>
/// <param name="OwnerHas">How many tasks of its owner and arch are being worked on; 0 where the owner is unknown.</param>
public sealed record WhyBuildTaskWaits(IReadOnlyList<int> WaitsFor, bool Ready, string? Node, int? ReadyBefore, int OwnerHas)
{
    private const string Select = """
        select jsonb_build_object(
            'WaitsFor', (select coalesce(jsonb_agg(w.waits_for order by w.waits_for), '[]') from es.task_waits w where w.task_id = q.task_id),
            'Ready', q.ready, 'Node', q.holder,
            'ReadyBefore', case when q.ready then (select count(*) from (
                select from es.task_queue b where b.arch = q.arch and b.ready and b.task_id + 0 < q.task_id limit 1000) b) end,
            'OwnerHas', (select count(*) from es.task_queue o where o.holder is not null and o.arch = q.arch and o.owner_id = q.owner_id and q.owner_id > 0))
        from es.task_queue q where q.task_id = ?
        """;

    /// <summary>Null when the task is unknown or has ended.</summary>
    public static async Task<WhyBuildTaskWaits?> ReadAsync(IQuerySession session, BuildTaskId task, CancellationToken token) =>
        await session.QueryAsync<WhyBuildTaskWaits>(Select, token, task.Value) is [var why] ? why : null;
}
