namespace EventSourced.EventStore;

/// <summary>Another writer was faster; nothing was saved. Read again and decide again.</summary>
public class ConcurrencyException : Exception
{
    /// <summary>With the reason.</summary>
    public ConcurrencyException(string message, Exception? inner = null) : base(message, inner) { }
}

/// <summary>A stream does not have the expected version.</summary>
public sealed class EventStreamUnexpectedMaxEventIdException(string streamKey, long expected, long actual, Exception? inner = null)
    : ConcurrencyException($"Stream '{streamKey}' was expected at version {expected}, found {(actual < 0 ? "another" : actual)}.", inner)
{
    /// <summary>The stream.</summary>
    public string StreamKey { get; } = streamKey;
}

/// <summary>A stream to be started exists.</summary>
public sealed class ExistingStreamIdCollisionException(string streamKey, Exception? inner = null)
    : Exception($"Stream '{streamKey}' exists.", inner)
{
    /// <summary>The stream.</summary>
    public string StreamKey { get; } = streamKey;
}

/// <summary>A stream to be appended to, at the version it has, does not exist.</summary>
public sealed class NonExistentStreamException(object id) : Exception($"Attempt to append to a nonexistent event stream '{id}'.")
{
    /// <summary>The stream's key.</summary>
    public object Id { get; } = id;
}

/// <summary>Somebody else has a stream's row, and the time to wait for it (<c>lock_timeout</c>) is over.</summary>
public sealed class StreamLockedException(object streamId, Exception? inner = null) : Exception($"Stream '{streamId}' is locked by another writer.", inner)
{
    /// <summary>The stream's key.</summary>
    public object StreamId { get; } = streamId;
}

/// <summary>The stream is archived.</summary>
public sealed class InvalidStreamOperationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A stored event's type is not known here.</summary>
public sealed class UnknownEventTypeException(string eventTypeName)
    : Exception($"Unknown event type '{eventTypeName}'.")
{
    /// <summary>The alias found in <c>mt_events.type</c>.</summary>
    public string EventTypeName { get; } = eventTypeName;
}
