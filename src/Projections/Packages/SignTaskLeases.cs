using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>Signs of life of sign nodes. Not a projection: pings are no events. Who never pings has the lease of its assignment.</summary>
public static class SignTaskLeases
{
    internal const string Schema = """
        create table if not exists es.sign_leases (
            task_id int not null, node text not null, expires_at timestamptz not null, constraint pkey_sign_leases_task_id primary key (task_id));
        """;

    private const string Renew = """
        with renewed as (
            insert into es.sign_leases (task_id, node, expires_at) select q.task_id, q.holder, ? from es.sign_queue q where q.task_id = ? and q.holder = ?
            on conflict (task_id) do update set node = excluded.node, expires_at = excluded.expires_at returning 1)
        select exists (select from renewed)
        """;

    private const string Expired = """
        select jsonb_build_object('SignTaskId', q.task_id, 'Attempt', q.attempt) from es.sign_queue q
        left join es.sign_leases l on l.task_id = q.task_id and l.node = q.holder
        where q.holder is not null and greatest(l.expires_at, q.lease_expires_at) < ? order by q.task_id limit ?
        """;

    private const string Clean = """
        delete from es.sign_leases l where l.expires_at < ? and not exists (select from es.sign_queue q where q.task_id = l.task_id and q.holder = l.node)
        """;

    /// <summary>A node's ping.</summary>
    /// <returns>False when it does not hold the task.</returns>
    public static async Task<bool> RenewSignLeaseAsync(
        this IQuerySession session, SignTaskId task, string node, DateTimeOffset until, CancellationToken token) =>
        (await session.QueryAsync<bool>(Renew, token, until, task.Value, node))[0];

    /// <summary>What has to be asked for each attempt whose lease has run out.</summary>
    public static Task<IReadOnlyList<RequeueSilentSignTask>> ExpiredSignLeasesAsync(
        this IQuerySession session, DateTimeOffset now, int limit, CancellationToken token) =>
        session.QueryAsync<RequeueSilentSignTask>(Expired, token, now, limit);

    /// <summary>Removes leases of attempts that are over.</summary>
    public static async Task RemoveEndedSignLeasesAsync(this IDocumentSession session, DateTimeOffset now, CancellationToken token)
    {
        session.QueueSqlCommand(Clean, now);
        await session.SaveChangesAsync(token);
    }
}
