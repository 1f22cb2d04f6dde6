namespace EventSourced.Messaging.Handlers;

/// <summary>Events a decision returned for one stream, with the state before them.</summary>
/// <param name="Key">The stream.</param>
/// <param name="StateType">What it folds into.</param>
/// <param name="Stream">The stream as fetched; null when it is to be started.</param>
/// <param name="Events">In order.</param>
internal sealed record Decided(string Key, Type StateType, IEventStream<object>? Stream, IReadOnlyList<IEvent> Events)
{
    /// <summary>The state with these events, once reactions have asked for it.</summary>
    public object? After { get; set; }

    public void Append(IDocumentSession session)
    {
        if (Stream is null)
            session.Events.StartStream(StateType, Key, [.. Events]);
        else
            Stream.AppendMany(Events);
    }

    public RecordedStream Recorded() => new(Key, (Stream?.StartingVersion ?? 0) + Events.Count, [.. Events.Select(e => e.Data)]) { State = After };
}
