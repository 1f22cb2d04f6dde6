namespace EventSourced.Messaging.Handlers;

/// <summary>Events a decision returned for one stream, with the state before them.</summary>
internal sealed record Decided(string Key, Type StateType, object? State, long Version, IReadOnlyList<IEvent> Events)
{
    public RecordedStream Recorded() => new(Key, Version, [.. Events.Select(e => e.Data)]);
}
