using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>Every sign task that has not ended. <c>idle</c>: nobody holds it and nothing was reported.</summary>
public sealed partial class SignTaskQueueProjection : EventProjection
{
    internal const string Schema = """
        create table if not exists es.sign_queue (
            task_id int not null, build_id int not null, key_id text not null, idle boolean not null, holder text, attempt int not null,
            lease_expires_at timestamptz, constraint pkey_sign_queue_task_id primary key (task_id));
        create index if not exists sign_queue_idx_idle on es.sign_queue (upper(key_id), task_id) where idle;
        """;

    private const string Insert = "insert into es.sign_queue (task_id, build_id, key_id, idle, attempt) values (?, ?, ?, true, 0)";

    private const string Assign = "update es.sign_queue set idle = false, holder = ?, attempt = ?, lease_expires_at = ? where task_id = ?";

    private const string Requeue = "update es.sign_queue set idle = true, holder = null, lease_expires_at = null where task_id = ?";

    private const string Report = "update es.sign_queue set idle = false, holder = null, lease_expires_at = null where task_id = ?";

    private const string Remove = "delete from es.sign_queue where task_id = ?";

    public SignTaskQueueProjection() => Options.DeleteDataInTableOnTeardown("es.sign_queue");

    public static void Project(SignTaskRequested e, IDocumentOperations operations) =>
        operations.QueueSqlCommand(Insert, e.SignTaskId.Value, e.BuildId.Value, e.KeyId);

    public static void Project(SignTaskAssigned e, IDocumentOperations operations) =>
        operations.QueueSqlCommand(Assign, e.Node, e.Attempt, e.LeaseExpiresAt, e.SignTaskId.Value);

    public static void Project(SignTaskRequeued e, IDocumentOperations operations) => operations.QueueSqlCommand(Requeue, e.SignTaskId.Value);

    public static void Project(SignTaskReported e, IDocumentOperations operations) => operations.QueueSqlCommand(Report, e.SignTaskId.Value);

    public static void Project(SignTaskCompleted e, IDocumentOperations operations) => operations.QueueSqlCommand(Remove, e.SignTaskId.Value);

    public static void Project(SignTaskFailed e, IDocumentOperations operations) => operations.QueueSqlCommand(Remove, e.SignTaskId.Value);
}

/// <summary>A sign task nobody works on.</summary>
public sealed record IdleSignTask(SignTaskId SignTaskId, BuildId BuildId);

public static class SignTaskQueue
{
    private const string Idle = """
        select jsonb_build_object('SignTaskId', task_id, 'BuildId', build_id) from es.sign_queue
        where idle and upper(key_id) = any(?) order by task_id limit ?
        """;

    private const string OfKey = """
        select q.task_id from es.sign_queue q join mt_doc_signtaskdetails t on t.id = 'sign_task-' || q.task_id
        where t.data ->> 'SignKeyId' = ? order by q.task_id
        """;

    /// <summary>The tasks of a key that have not ended.</summary>
    public static async Task<IReadOnlyList<SignTaskId>> OpenSignTasksAsync(this IQuerySession session, SignKeyId key, CancellationToken token) =>
        [.. (await session.QueryAsync<int>(OfKey, token, $"{key.Value}")).Select(task => new SignTaskId(task))];

    /// <summary>The oldest idle tasks that one of these keys is asked for.</summary>
    public static Task<IReadOnlyList<IdleSignTask>> IdleSignTasksAsync(
        this IQuerySession session, IEnumerable<string> keyIds, int limit, CancellationToken token) =>
        session.QueryAsync<IdleSignTask>(Idle, token, keyIds.Select(k => k.ToUpperInvariant()).ToArray(), limit);
}
