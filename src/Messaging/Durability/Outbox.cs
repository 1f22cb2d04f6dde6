using System.Text.Json;
using EventSourced.Messaging.Handlers;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.Messaging.Durability;

/// <summary>Writes messages into the queue, as one set.</summary>
internal sealed class Outbox(IDocumentStore store, HandlerGraph graph)
{
    /// <summary>Raised after messages were committed.</summary>
    public const string Topic = "messages";

    private const string Columns = "(message_id, key, type, body, headers, sent, due)";

    private const string InsertMany = $"""
        insert into es.queue {Columns}
        select m.id, m.key, m.type, m.body::jsonb, m.headers::jsonb, now(), coalesce(m.due, now())
        from unnest(?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::timestamptz[]) with ordinality m(id, key, type, body, headers, due, ord)
        order by m.ord
        """;

    private const string InsertOne = $"insert into es.queue {Columns} values ($1, $2, $3, $4, $5, now(), coalesce($6, now()))";

    // The id row is the referee of repeats: a second arrival waits for it, finds it, and inserts nothing.
    private const string InsertOnce = $"""
        with seen as (insert into es.message_ids (message_id) values ($1) on conflict do nothing returning message_id)
        insert into es.queue {Columns} select $1, $2, $3, $4, $5, now(), coalesce($6, now()) from seen
        """;

    /// <summary>A scheduled message is unordered: otherwise younger messages of its key would wait for its time.</summary>
    /// <param name="message">The message, or one with its time.</param>
    /// <param name="causationId">The uuid of the event whose reaction sent it, or what the sender inherited; null for a root.</param>
    /// <param name="context">Who sends.</param>
    public OutgoingMessage Address(object message, string? causationId, MessageContext context)
    {
        var headers = new MessageHeaders(context.Correlation(), causationId, context.User(), context.TraceParent());
        return Shapes.AsScheduled(message) is { } scheduled
            ? new OutgoingMessage(scheduled.Message, headers) { Due = scheduled.At }
            : new OutgoingMessage(message, headers) { Key = graph.KeyOf(message) };
    }

    /// <summary>Adds the messages to what the session saves.</summary>
    public void Queue(IDocumentSession session, IReadOnlyList<OutgoingMessage> messages)
    {
        if (messages.Count == 0)
            return;

        session.QueueSqlCommand(
            InsertMany,
            messages.Select(m => m.MessageId).ToArray(),
            messages.Select(m => m.Key).ToArray(),
            messages.Select(m => MessageTypes.NameOf(m.Message.GetType())).ToArray(),
            messages.Select(m => Body(m.Message)).ToArray(),
            messages.Select(m => Headers(m.Headers)).ToArray(),
            messages.Select(m => m.Due?.ToUniversalTime()).ToArray());
    }

    /// <summary>Sends in a transaction of its own.</summary>
    public async ValueTask SendAsync(OutgoingMessage message, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(message.Headers.Remember ? InsertOnce : InsertOne);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = message.MessageId });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)message.Key ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = MessageTypes.NameOf(message.Message.GetType()) });
        command.Parameters.Add(new NpgsqlParameter { Value = Body(message.Message), NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new NpgsqlParameter { Value = Headers(message.Headers), NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)message.Due?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(cancellation);
        store.WakeUps.Raise(Topic);
    }

    private string Body(object message) => JsonSerializer.Serialize(message, message.GetType(), store.Options.SerializerOptions);

    private string Headers(MessageHeaders headers) => JsonSerializer.Serialize(headers, store.Options.SerializerOptions);
}
