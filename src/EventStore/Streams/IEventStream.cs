namespace EventSourced.EventStore.Streams;

/// <summary>A stream fetched for writing: its aggregate, the version read with it, and the events to append. <c>SaveChangesAsync</c> enforces that version.</summary>
public interface IEventStream<out T> where T : notnull
{
    /// <summary>The aggregate at <see cref="StartingVersion"/>; null when the stream does not exist.</summary>
    T? Aggregate { get; }

    /// <summary>The version read; 0 when the stream does not exist.</summary>
    long? StartingVersion { get; }

    /// <summary><see cref="StartingVersion"/> plus the events appended here.</summary>
    long? CurrentVersion { get; }

    /// <summary>The stream's key.</summary>
    string Key { get; }

    /// <summary>The events to append at the next save, in order.</summary>
    IReadOnlyList<IEvent> Events { get; }

    /// <summary>Queues one event.</summary>
    void AppendOne(object @event);

    /// <summary>Queues events in order.</summary>
    void AppendMany(params object[] events);

    /// <summary>Queues events in order.</summary>
    void AppendMany(IEnumerable<object> events);
}
