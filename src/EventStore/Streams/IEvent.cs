namespace EventSourced.EventStore.Streams;

/// <summary>A stored event with its position and metadata. Names and meaning are Marten's.</summary>
public interface IEvent
{
    /// <summary>Unique id, a version 7 <see cref="Guid"/> drawn by the writer.</summary>
    Guid Id { get; }

    /// <summary>Position in its stream, starting at 1; 0 until the stream's version is known.</summary>
    long Version { get; }

    /// <summary>Global position (<c>seq_id</c>); 0 until stored. Inline projections never see it.</summary>
    long Sequence { get; }

    /// <summary>The event itself.</summary>
    object Data { get; }

    /// <summary>The CLR type of <see cref="Data"/>.</summary>
    Type EventType { get; }

    /// <summary>The alias in <c>mt_events.type</c>.</summary>
    string EventTypeName { get; }

    /// <summary>The text of <c>mt_dotnet_type</c>: full name, comma, assembly.</summary>
    string DotNetTypeName { get; }

    /// <summary>The stream's key.</summary>
    string? StreamKey { get; }

    /// <summary>When it was appended, by the session's clock, in whole microseconds. Order is <see cref="Sequence"/>, never time.</summary>
    DateTimeOffset Timestamp { get; }

    /// <summary>Always <c>*DEFAULT*</c>.</summary>
    string TenantId { get; }

    /// <summary>The uuid of the event whose reaction led here; for a root, the command's message id.</summary>
    string? CausationId { get; set; }

    /// <summary>The first request or schedule, kept through all cascades.</summary>
    string? CorrelationId { get; set; }

    /// <summary>Who asked: a principal key such as <c>user-7</c>, <c>node-3</c> or <c>system</c>.</summary>
    string? UserName { get; set; }

    /// <summary>User headers; null when there are none.</summary>
    Dictionary<string, object>? Headers { get; set; }

    /// <summary>Whether the stream was archived.</summary>
    bool IsArchived { get; }

    /// <summary>One header's value, or null.</summary>
    object? GetHeader(string key);

    /// <summary>Sets one header; has no effect on a stored event.</summary>
    void SetHeader(string key, object value);
}

/// <summary>An <see cref="IEvent"/> whose body has the type <typeparamref name="T"/>.</summary>
public interface IEvent<out T> : IEvent where T : notnull
{
    /// <summary>The event itself.</summary>
    new T Data { get; }
}
