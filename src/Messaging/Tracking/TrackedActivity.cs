namespace EventSourced.Messaging.Tracking;

/// <summary>What one tracked call left behind.</summary>
/// <param name="CorrelationId">Shared by all its messages and events.</param>
/// <param name="Events">The events recorded, in order.</param>
/// <param name="DeadLetters">Messages that were given up.</param>
/// <param name="Scheduled">Messages whose time has not come.</param>
public sealed record TrackedActivity(
    string CorrelationId, IReadOnlyList<TrackedEvent> Events, IReadOnlyList<DeadLetter> DeadLetters, IReadOnlyList<TrackedMessage> Scheduled);

/// <summary>An event recorded during a tracked call.</summary>
/// <param name="Sequence">Its global position.</param>
/// <param name="StreamKey">Its stream.</param>
/// <param name="EventTypeName">Its stored name.</param>
public sealed record TrackedEvent(long Sequence, string StreamKey, string EventTypeName);

/// <summary>A message in the queue.</summary>
/// <param name="Id">Its place in the order.</param>
/// <param name="MessageType">The full name of its type.</param>
/// <param name="Key">Its order key; null means unordered.</param>
/// <param name="State">waiting, parked behind an older message, being handled, or in back-off.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="LastError">Why the last try failed; null when none did.</param>
public sealed record TrackedMessage(long Id, string MessageType, string? Key, string State, int Attempts, string? LastError)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Id} {MessageType}{(Key is null ? "" : $" [{Key}]")} {State}, {Attempts} attempts{(LastError is null ? "" : $": {LastError.Split('\n')[0]}")}";
}
