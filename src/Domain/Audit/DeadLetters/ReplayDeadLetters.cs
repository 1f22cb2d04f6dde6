namespace EventSourced.Domain.Audit.DeadLetters;

/// <summary>Has messages that were given up tried again. Letters that are gone already are left out.</summary>
public sealed record ReplayDeadLetters(IReadOnlyList<DeadLetterId> DeadLetterIds);

public static class ReplayDeadLettersHandler
{
    public static IReadOnlyList<NewStream> Handle(ReplayDeadLetters command, MovedDeadLetters moved) =>
    [
        .. moved.Letters.Select(l => new NewStream<DeadLetter>(
            l.DeadLetterId.StreamKey, [new DeadLetterReplayed(l.DeadLetterId, l.MessageId, l.MessageType, l.MessageKey)])),
    ];
}
