namespace EventSourced.Domain.Audit.DeadLetters;

/// <summary>What a person did with a message that was given up. A message that dies again is another letter.</summary>
public interface IDeadLetterEvent
{
    DeadLetterId DeadLetterId { get; }
}

/// <summary>It went back into the queue.</summary>
/// <param name="DeadLetterId">The letter's number.</param>
/// <param name="MessageId">The message's id; it keeps it.</param>
/// <param name="MessageType">The full name of its type.</param>
/// <param name="MessageKey">The stream it was for; null without one.</param>
public sealed record DeadLetterReplayed(DeadLetterId DeadLetterId, Guid MessageId, string MessageType, string? MessageKey) : IDeadLetterEvent;

/// <summary>It was deleted for good.</summary>
/// <inheritdoc cref="DeadLetterReplayed"/>
public sealed record DeadLetterDiscarded(DeadLetterId DeadLetterId, Guid MessageId, string MessageType, string? MessageKey) : IDeadLetterEvent;
