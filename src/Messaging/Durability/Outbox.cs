using System.Text.Json;
using EventSourced.Messaging.Handlers;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.Messaging.Durability;

/// <summary>Writes messages into the queue, as one set.</summary>
internal sealed class Outbox
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

    private readonly IDocumentStore store;
    private readonly HandlerGraph graph;
    private readonly Folding<OutgoingMessage, bool> sending;

    public Outbox(IDocumentStore store, HandlerGraph graph)
    {
        (this.store, this.graph) = (store, graph);
        sending = new Folding<OutgoingMessage, bool>(_ => null, SendAsync);
    }

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

    /// <summary>Sends in a transaction of its own, or of others that are sent at the same time.</summary>
    public async ValueTask SendAsync(OutgoingMessage message, CancellationToken cancellation)
    {
        if (message.Headers.Remember)
            await InsertAsync(InsertOnce, message, cancellation);
        else
            await sending.RunAsync(message, cancellation);
    }

    private async Task SendAsync(List<Folded<OutgoingMessage, bool>> together)
    {
        if (together.Count == 1)
            await InsertAsync(InsertOne, together[0].Item, CancellationToken.None); // it was taken; its caller waits for the outcome
        else if (!await TryInsertAsync(together.ConvertAll(f => f.Item)))
            await SendEachAsync(together);

        foreach (var folded in together)
            folded.TrySetResult(true);
    }

    /// <summary>One of them was refused; alone it shows which.</summary>
    private async Task SendEachAsync(List<Folded<OutgoingMessage, bool>> together)
    {
        foreach (var folded in together)
        {
            try
            {
                await InsertAsync(InsertOne, folded.Item, CancellationToken.None);
            }
            catch (Exception e)
            {
                folded.TrySetException(e);
            }
        }
    }

    /// <returns>False when one of them is in the way and certainly nothing was saved.</returns>
    private async Task<bool> TryInsertAsync(List<OutgoingMessage> messages)
    {
        await using var session = store.LightweightSession();
        try
        {
            Queue(session, messages);
            await session.SaveChangesAsync();
        }
        catch (Exception e) when (SaveOutcome.IsRolledBack(e))
        {
            return false;
        }

        store.WakeUps.Raise(Topic);
        return true;
    }

    private async Task InsertAsync(string sql, OutgoingMessage message, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(sql);
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
