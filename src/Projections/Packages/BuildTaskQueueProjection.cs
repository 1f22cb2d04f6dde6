using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Packages;

/// <summary>
/// Every task that has not ended, with what a claim and the question "why does it wait" need. <c>ready</c>: it waits for nothing and nobody holds it.
/// <c>es.task_waits</c> has one row for each task that another one still waits for; <c>source</c>: until it was told what to build from, and not only until that
/// task has ended. <c>owner_id</c>: whose build it is; 0 where nobody said.
/// </summary>
public sealed partial class BuildTaskQueueProjection : EventProjection
{
    // The index of ready tasks is on an expression of the id, so that the primary key cannot serve its order: PostgreSQL would choose to walk that one, past
    // every task that waits or was handed out. Rows live for minutes, hence the vacuum after each thousand.
    internal const string Schema = """
        create table if not exists es.task_queue (
            task_id int not null, build_id int not null, stream text not null, arch text not null, url text not null, waiting int not null,
            ready boolean not null, holder text, attempt int not null, lease_expires_at timestamptz,
            constraint pkey_task_queue_task_id primary key (task_id))
            with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
        create index if not exists task_queue_idx_ready on es.task_queue (arch, (task_id + 0)) where ready;
        create index if not exists task_queue_idx_held on es.task_queue (task_id) where holder is not null;
        create table if not exists es.task_waits (
            waits_for int not null, task_id int not null,
            constraint pkey_task_waits_waits_for_task_id primary key (waits_for, task_id));
        create index if not exists task_waits_idx_task_id on es.task_waits (task_id);
        alter table es.task_waits add column if not exists source boolean not null default false;
        alter table es.task_queue add column if not exists owner_id int not null default 0;

        -- Locks whatever a task waits for. What ends meanwhile may have handed its own waits on to the task: those are locked too, until nothing new turns up.
        create or replace function es.task_lock_awaited(task int) returns void language plpgsql as $$
        declare
            awaited int[];
            locked int[];
        begin
            loop
                select array_agg(waits_for order by waits_for) into awaited from es.task_waits where task_id = task;
                exit when awaited is not distinct from locked;
                perform from es.task_queue where task_id = any(awaited) order by task_id for share;
                locked := awaited;
            end loop;
        end $$;
        """;

    private const string Insert = """
        with waits as (insert into es.task_waits (waits_for, task_id, source) select w, ?, w = ? from unnest(?::int[]) w order by 1)
        insert into es.task_queue (task_id, build_id, stream, arch, url, waiting, ready, owner_id, attempt) values (?, ?, ?, ?, ?, ?, ?, ?, 0)
        """;

    private const string Assign = "update es.task_queue set ready = false, holder = ?, attempt = ?, lease_expires_at = ? where task_id = ?";

    private const string Requeue = "update es.task_queue set ready = true, holder = null, lease_expires_at = null where task_id = ?";

    private const string Report = "update es.task_queue set ready = false, holder = null, lease_expires_at = null where task_id = ?";

    private const string Remove = "delete from es.task_queue where task_id = ?";

    // Dependents are locked in id order: two tasks that end at once may free the same ones. The update then sees what the other one left.
    private const string FreeDependents = """
        with gone as (delete from es.task_waits where waits_for = ? and not source returning task_id),
        dependents as materialized (
            select q.task_id from es.task_queue q join gone using (task_id) order by q.task_id for no key update of q)
        update es.task_queue q set waiting = q.waiting - 1, ready = q.waiting = 1 and q.holder is null
        from dependents d where q.task_id = d.task_id
        """;

    // Who ends one of these meanwhile has to wait, and then sees the waits that are handed on below.
    private const string LockAwaited = "select es.task_lock_awaited(?)";

    // A task that never ran may still wait itself: its dependents wait for the same instead.
    private const string HandWaitsOn = """
        with own as (delete from es.task_waits where task_id = ? returning waits_for),
        gone as (delete from es.task_waits where waits_for = ? and not source returning task_id),
        handed as (
            insert into es.task_waits (waits_for, task_id) select q.task_id, gone.task_id from own join es.task_queue q on q.task_id = own.waits_for cross join gone
            order by 1, 2 on conflict do nothing returning task_id),
        more as (select task_id, count(*) as n from handed group by task_id),
        dependents as materialized (
            select q.task_id from es.task_queue q join gone using (task_id) order by q.task_id for no key update of q)
        update es.task_queue q set waiting = q.waiting - 1 + coalesce(m.n, 0), ready = q.waiting + coalesce(m.n, 0) = 1 and q.holder is null
        from dependents d left join more m using (task_id) where q.task_id = d.task_id
        """;

    private const string Told = """
        with gone as (delete from es.task_waits where waits_for = ? and task_id = ? returning task_id)
        update es.task_queue q set waiting = q.waiting - 1, ready = q.waiting = 1 and q.holder is null from gone where q.task_id = gone.task_id
        """;

    public BuildTaskQueueProjection()
    {
        Options.DeleteDataInTableOnTeardown("es.task_queue");
        Options.DeleteDataInTableOnTeardown("es.task_waits");
    }

    public static void Project(BuildTaskQueued e, IDocumentOperations operations) => operations.QueueSqlCommand(
        Insert, e.BuildTaskId.Value, e.SourceFrom?.Value ?? 0, e.WaitsFor.Select(w => w.Value).ToArray(),
        e.BuildTaskId.Value, e.BuildId.Value, e.BuildTaskId.StreamKey, e.Arch, e.Ref.Url, e.WaitsFor.Count, e.WaitsFor is [], e.OwnerId ?? 0);

    public static void Project(BuildTaskAssigned e, IDocumentOperations operations) =>
        operations.QueueSqlCommand(Assign, e.Node, e.Attempt, e.LeaseExpiresAt, e.BuildTaskId.Value);

    public static void Project(BuildTaskRequeued e, IDocumentOperations operations) => operations.QueueSqlCommand(Requeue, e.BuildTaskId.Value);

    public static void Project(BuildTaskReported e, IDocumentOperations operations) => operations.QueueSqlCommand(Report, e.BuildTaskId.Value);

    public static void Project(BuildTaskSucceeded e, IDocumentOperations operations) => End(e.BuildTaskId, operations);

    public static void Project(BuildTaskFailed e, IDocumentOperations operations)
    {
        if (e.Report is null)
            EndUnrun(e.BuildTaskId, operations);
        else
            End(e.BuildTaskId, operations);
    }

    public static void Project(BuildTaskExcluded e, IDocumentOperations operations) => End(e.BuildTaskId, operations);

    public static void Project(BuildTaskCancelled e, IDocumentOperations operations) => EndUnrun(e.BuildTaskId, operations);

    public static void Project(BuildTaskSourceHandedOver e, IDocumentOperations operations) =>
        operations.QueueSqlCommand(Told, e.From.Value, e.BuildTaskId.Value);

    private static void End(BuildTaskId task, IDocumentOperations operations)
    {
        operations.QueueSqlCommand(Remove, task.Value);
        operations.QueueSqlCommand(FreeDependents, task.Value);
    }

    /// <summary>Also of a task that did run: then it waits for nothing any more, and nothing is handed on.</summary>
    private static void EndUnrun(BuildTaskId task, IDocumentOperations operations)
    {
        operations.QueueSqlCommand(LockAwaited, task.Value);
        operations.QueueSqlCommand(Remove, task.Value);
        operations.QueueSqlCommand(HandWaitsOn, task.Value, task.Value);
    }
}
