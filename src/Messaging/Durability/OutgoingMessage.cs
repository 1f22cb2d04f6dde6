namespace EventSourced.Messaging.Durability;

/// <summary>A message on its way into the queue.</summary>
/// <param name="Message">The message.</param>
/// <param name="Headers">What travels with it.</param>
internal sealed record OutgoingMessage(object Message, MessageHeaders Headers)
{
    public Guid MessageId { get; init; } = Guid.CreateVersion7();

    /// <summary>Not before; null means now.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>The order key; null means unordered.</summary>
    public string? Key { get; init; }
}
