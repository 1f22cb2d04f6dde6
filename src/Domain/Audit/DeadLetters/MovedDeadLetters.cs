namespace EventSourced.Domain.Audit.DeadLetters;

/// <summary>The letters that this transaction took away; those that were gone already are not among them.</summary>
public sealed record MovedDeadLetters(IReadOnlyList<MovedDeadLetter> Letters);

/// <inheritdoc cref="DeadLetterReplayed"/>
public sealed record MovedDeadLetter(DeadLetterId DeadLetterId, Guid MessageId, string MessageType, string? MessageKey);
