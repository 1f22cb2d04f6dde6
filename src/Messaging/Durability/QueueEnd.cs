using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Ends a queued message: handled (with the session's transaction), tried again later, or dead.</summary>
internal sealed class QueueEnd(IDocumentStore store)
{
    private const string HandledSql =
        "with d as (delete from es.queue where id = ? and lease_token = ? returning id) select coalesce((select id from d), es.lease_lost())";

    // In a statement of its own after the delete, so that it sees who was parked meanwhile; due = sent keeps the age.
    private const string UnparkSql = """
        update es.queue set due = sent
        where id = (select id from es.queue where key = ? and id > ? order by id limit 1) and due = 'infinity'
        """;

    private const string RememberSql = "update es.message_ids set handled = now() where message_id = ?";

    private const string RetrySql = """
        update es.queue set due = now() + $3, lease_token = null, last_error = $4 where id = $1 and lease_token = $2
        """;

    private const string DeadSql = """
        with d as (delete from es.queue where id = $1 and lease_token = $2 returning *)
        insert into es.dead_letters (id, message_id, key, type, body, headers, sent, attempts, died, exception_type, error)
        select id, message_id, key, type, body, headers, sent, attempts, now(), $3, $4 from d
        """;

    private const string UnparkAfterDeathSql = """
        update es.queue set due = sent
        where id = (select id from es.queue where key = $1 and id > $2 order by id limit 1) and due = 'infinity'
          and not exists (select from es.queue where id = $2)
        """;

    /// <summary>Adds the end to what the session saves; the save fails when the lease is gone.</summary>
    public static void QueueHandled(IDocumentSession session, QueuedMessage message)
    {
        session.QueueSqlCommand(HandledSql, message.Id, message.LeaseToken);
        if (message.Headers.Remember)
            session.QueueSqlCommand(RememberSql, message.MessageId);

        if (message.Key is { } key)
            session.QueueSqlCommand(UnparkSql, key, message.Id);
    }

    /// <summary>Whether an exception means that the lease was gone.</summary>
    public static bool IsLeaseLost(Exception exception) =>
        exception is LeaseLostException or PostgresException { SqlState: "ES002" } or { InnerException: PostgresException { SqlState: "ES002" } };

    /// <summary>Leaves the message to be claimed again after a pause. Without effect when the lease is gone.</summary>
    public async Task RetryAsync(QueuedMessage message, TimeSpan pause, Exception reason, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(RetrySql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Id });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = message.LeaseToken });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = pause });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Describe(reason) });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Moves the message to the dead letters; the next of its key may run. Without effect when the lease is gone.</summary>
    public async Task DieAsync(QueuedMessage message, Exception reason, CancellationToken cancellation)
    {
        await using var batch = store.DataSource.CreateBatch();
        var dead = new NpgsqlBatchCommand(DeadSql);
        dead.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Id });
        dead.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = message.LeaseToken });
        dead.Parameters.Add(new NpgsqlParameter<string> { TypedValue = reason.GetType().FullName ?? reason.GetType().Name });
        dead.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Describe(reason) });
        batch.BatchCommands.Add(dead);
        if (message.Key is { } key)
        {
            var unpark = new NpgsqlBatchCommand(UnparkAfterDeathSql);
            unpark.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key });
            unpark.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Id });
            batch.BatchCommands.Add(unpark);
        }

        await batch.ExecuteNonQueryAsync(cancellation);
        store.WakeUps.Raise(Outbox.Topic);
    }

    // A stored NUL is no text for PostgreSQL.
    private static string Describe(Exception reason) => reason.ToString().Replace("\0", "", StringComparison.Ordinal);
}
