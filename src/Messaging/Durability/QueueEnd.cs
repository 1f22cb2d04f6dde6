using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Ends a queued message: handled (with the session's transaction), tried again later, or dead.</summary>
internal sealed class QueueEnd(IDocumentStore store, Outbox outbox)
{
    private const string HandledSql = "select es.queue_handled(?, ?, ?, ?)";

    private const string RetrySql = """
        update es.queue set due = now() + $3, lease_token = null, last_error = $4, deaths = case $5 when 0 then 0 else greatest(deaths, 1) end, attempts = attempts - $5
        where id = $1 and lease_token = $2
        """;

    private const string DeadSql = """
        with d as (delete from es.queue where id = ? and lease_token = ? returning *),
        i as (
            insert into es.dead_letters (id, message_id, key, type, body, headers, sent, attempts, died, exception_type, error)
            select id, message_id, key, type, body, headers, sent, attempts, now(), ?, ? from d returning id)
        select case when not exists (select from i) then es.lease_lost() end
        """;

    private const string UnparkSql = "select es.queue_unpark(?, ?)";

    /// <summary>Adds the end to what the session saves; the save fails when one lease is gone.</summary>
    public static void QueueHandled(IDocumentSession session, IReadOnlyList<QueuedMessage> messages) => session.QueueSqlCommand(
        HandledSql,
        messages.Select(m => m.Id).ToArray(),
        messages.Select(m => m.LeaseToken).ToArray(),
        messages.Select(m => m.Key).ToArray(),
        messages.Where(m => m.Headers.Remember).Select(m => m.MessageId).ToArray());

    /// <summary>Whether an exception means that the lease was gone.</summary>
    public static bool IsLeaseLost(Exception exception) =>
        exception is LeaseLostException or PostgresException { SqlState: "ES002" } or { InnerException: PostgresException { SqlState: "ES002" } };

    /// <summary>Leaves the message to be claimed again after a pause. Without effect when the lease is gone.</summary>
    public Task RetryAsync(QueuedMessage message, TimeSpan pause, Exception reason, CancellationToken cancellation) => WaitAsync(message, pause, reason, 0, cancellation);

    /// <summary>As <see cref="RetryAsync"/>, but the try of now does not count.</summary>
    public Task PostponeAsync(QueuedMessage message, TimeSpan pause, Exception reason, CancellationToken cancellation) => WaitAsync(message, pause, reason, 1, cancellation);

    /// <summary>Moves the message to the dead letters and sends what is to be said of that; the next of its key may run. Without effect when the lease is gone.</summary>
    public async Task DieAsync(QueuedMessage message, Exception reason, IReadOnlyList<OutgoingMessage> reports, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession();
        session.QueueSqlCommand(DeadSql, message.Id, message.LeaseToken, reason.GetType().FullName ?? reason.GetType().Name, Describe(reason));
        if (message.Key is { } key)
            session.QueueSqlCommand(UnparkSql, new[] { message.Id }, new[] { key });

        outbox.Queue(session, reports);
        try
        {
            await session.SaveChangesAsync(cancellation);
        }
        catch (Exception e) when (IsLeaseLost(e))
        {
            return;
        }

        store.WakeUps.Raise(Outbox.Topic);
    }

    private async Task WaitAsync(QueuedMessage message, TimeSpan pause, Exception reason, int uncounted, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(RetrySql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Id });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = message.LeaseToken });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = pause });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Describe(reason) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = uncounted });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    // A stored NUL is no text for PostgreSQL.
    private static string Describe(Exception reason) => reason.ToString().Replace("\0", "", StringComparison.Ordinal);
}
