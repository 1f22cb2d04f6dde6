namespace EventSourced.Domain.Audit.DeadLetters;

/// <summary>Deletes messages that were given up, for good. Letters that are gone already are left out.</summary>
public sealed record DiscardDeadLetters(IReadOnlyList<DeadLetterId> DeadLetterIds);

public static class DiscardDeadLettersHandler
{
    public static IReadOnlyList<NewStream> Handle(DiscardDeadLetters command, MovedDeadLetters moved) =>
    [
        .. moved.Letters.Select(l => new NewStream<DeadLetter>(
            l.DeadLetterId.StreamKey, [new DeadLetterDiscarded(l.DeadLetterId, l.MessageId, l.MessageType, l.MessageKey)])),
    ];
}
