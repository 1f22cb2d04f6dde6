using System.Text.Json;

namespace EventSourced.Messaging.Durability;

/// <summary>A claimed row of the queue.</summary>
/// <param name="Id">Its place in the order.</param>
/// <param name="LeaseToken">The fence: only who holds it may end the message.</param>
/// <param name="MessageId">The message's id.</param>
/// <param name="Key">Its order key; null means unordered.</param>
/// <param name="Type">The stored name of its type.</param>
/// <param name="Body">Its JSON.</param>
/// <param name="HeadersJson">What travelled with it, as stored.</param>
/// <param name="Attempts">How often it was tried, this time included; a try whose worker was not heard of again is taken up and no new one.</param>
/// <param name="LeaseExpired">Whether the worker before let its lease lapse.</param>
/// <param name="Deaths">How often it was begun once more after that.</param>
internal sealed record QueuedMessage(
    long Id, Guid LeaseToken, Guid MessageId, string? Key, string Type, string Body, string HeadersJson, int Attempts, bool LeaseExpired, int Deaths)
{
    private MessageHeaders? headers;

    /// <summary>Whether it may be what its worker died of.</summary>
    public bool IsSuspect => LeaseExpired || Deaths > 0;

    /// <summary>What travelled with it. Read where the message is handled: one that cannot be read is this message's failure, not the claim's.</summary>
    /// <exception cref="JsonException">They cannot be read.</exception>
    public MessageHeaders Headers => headers ??= JsonSerializer.Deserialize<MessageHeaders>(HeadersJson) ?? throw new JsonException($"Message {MessageId} has no headers.");
}

/// <summary>One claim.</summary>
/// <param name="Messages">The rows won, in order.</param>
/// <param name="Parked">How many rows were parked behind an older message of their key.</param>
/// <param name="MoreMayWait">Whether the look-ahead was exhausted, so that the next claim should follow.</param>
/// <param name="NextDue">How long until a row not yet due becomes due; null when there is none.</param>
internal sealed record Claim(IReadOnlyList<QueuedMessage> Messages, long Parked, bool MoreMayWait, TimeSpan? NextDue)
{
    /// <summary>Whether the claim changed anything; if not, the candidates are in other processes' hands just now.</summary>
    public bool MadeProgress => Messages.Count + Parked > 0;
}
