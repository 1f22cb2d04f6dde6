namespace EventSourced.EventStore.Streams;

internal sealed class EventStream<T>(DocumentSession session, StreamAppend fetched, T? aggregate) : IEventStream<T> where T : class
{
    private StreamAppend append = fetched;

    public T? Aggregate => aggregate;

    public long? StartingVersion { get; } = fetched.Base;

    public long? CurrentVersion => append.Base + append.Events.Count;

    public string Key => append.Key;

    public IReadOnlyList<IEvent> Events => append.IsSaved ? [] : append.Events;

    public void AppendOne(object @event)
    {
        if (append.IsSaved)
            append = append.Next();

        var taken = session.Append(append, @event);
        if (taken != append && taken.Base is null)
            taken.Expect(append.Expected); // queued beside this stream, for any version

        append = taken;
    }

    public void AppendMany(params object[] events) => AppendMany(events.AsEnumerable());

    public void AppendMany(IEnumerable<object> events)
    {
        foreach (var @event in events)
            AppendOne(@event);
    }
}
