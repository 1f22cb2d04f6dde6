using EventSourced.Messaging.Handlers;

namespace EventSourced.Messaging.Durability;

/// <summary>One message to be handled now.</summary>
/// <param name="Message">The message.</param>
/// <param name="MessageId">Its id.</param>
/// <param name="Chain">Its handler.</param>
/// <param name="Context">Who asks and why.</param>
internal sealed record Delivery(object Message, Guid MessageId, HandlerChain Chain, MessageContext Context)
{
    /// <summary>The row of the queue it came from; null when invoked.</summary>
    public QueuedMessage? Queued { get; init; }

    /// <summary>The client's key; null without.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>Versions of which the stream must have one; null for any.</summary>
    public IReadOnlyList<long>? ExpectedVersions { get; init; }

    /// <summary>What the invoking caller wants back; null for nothing.</summary>
    public Type? Response { get; init; }

    public string TypeName { get; } = MessageTypes.NameOf(Message.GetType());

    /// <summary>What follows from this message, and no event, is caused by the event that led here.</summary>
    public string CausationId => Context.CausationId ?? MessageId.ToString();

    public EventStamp Stamp(string role) => new(
        Context.Correlation(), CausationId, Context.User(), MessageId.ToString(), TypeName, Context.By ?? role, Context.TraceParent());
}
