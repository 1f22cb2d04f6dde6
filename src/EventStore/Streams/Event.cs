namespace EventSourced.EventStore.Streams;

/// <summary>Wraps an event body so that metadata of its own can be set before it is appended.</summary>
public static class Event
{
    /// <summary>
    /// Wraps <paramref name="data"/>; <c>Append</c> and <c>StartStream</c> take the result in place of the bare body. The id is drawn here, so that what
    /// follows from the event can name it as its cause before it is saved.
    /// </summary>
    public static IEvent For(object data) => data as IEvent ?? EventWrapper.Wrap(data);
}
