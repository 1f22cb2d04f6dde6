namespace EventSourced.Domain.Audit.DeadLetters;

/// <summary>A message that was given up, from what a person did with it on.</summary>
public sealed record DeadLetter(string Id, DeadLetterId DeadLetterId, Guid MessageId, DeadLetterEnd End)
{
    public static DeadLetter Create(DeadLetterReplayed e) => new(e.DeadLetterId.StreamKey, e.DeadLetterId, e.MessageId, DeadLetterEnd.Replayed);

    public static DeadLetter Create(DeadLetterDiscarded e) => new(e.DeadLetterId.StreamKey, e.DeadLetterId, e.MessageId, DeadLetterEnd.Discarded);
}

public enum DeadLetterEnd
{
    Replayed,
    Discarded,
}
