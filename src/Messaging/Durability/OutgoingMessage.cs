namespace EventSourced.Messaging.Durability;

/// <summary>A message on its way into the queue.</summary>
/// <param name="Message">The message.</param>
/// <param name="CausationId">The uuid of the event whose reaction sent it, or what the sender inherited; null for a root.</param>
internal sealed record OutgoingMessage(object Message, string? CausationId)
{
    public Guid MessageId { get; init; } = Guid.CreateVersion7();

    /// <summary>Not before; null means now.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>The order key; null means unordered.</summary>
    public string? Key { get; init; }

    /// <summary>Whether the message may arrive again, so that its id is kept.</summary>
    public bool Remember { get; init; }
}
