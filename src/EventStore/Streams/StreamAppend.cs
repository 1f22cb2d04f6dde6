namespace EventSourced.EventStore.Streams;

/// <summary>The events a session appends to one stream, and what it knows about the stream.</summary>
internal sealed class StreamAppend(string key)
{
    /// <summary>The stream must not exist.</summary>
    public const long New = -2;

    /// <summary>Whatever version the stream has; a missing one is started.</summary>
    public const long Any = -1;

    private readonly List<StoredEvent> events = [];
    private bool isAssumed;

    public string Key => key;

    /// <summary><c>mt_streams.type</c> of a stream this append starts.</summary>
    public string? TypeAlias { get; set; }

    /// <summary>The aggregate it was fetched or started for.</summary>
    public Type? Aggregate { get; set; }

    /// <summary>The version before the append, or <see cref="New"/> or <see cref="Any"/>. 0 takes an empty stream as well as a missing one.</summary>
    public long Expected { get; private set; } = Any;

    /// <summary>Whether the caller wanted a new stream, so that an existing one is a collision and not a lost race.</summary>
    public bool IsStart { get; private set; }

    /// <summary>Whether a save wrote it; from then on it does not change.</summary>
    public bool IsSaved { get; private set; }

    public IReadOnlyList<StoredEvent> Events => events;

    /// <summary>The version before the append where it is known.</summary>
    public long? Base => Expected == Any ? null : Math.Max(Expected, 0);

    /// <summary>State of the stream's inline documents at <see cref="Base"/>, as far as it was read.</summary>
    public Dictionary<DocumentProjectionModel, InlineState>? Inline { get; set; }

    public void Reserve(int more) => events.EnsureCapacity(events.Count + more);

    public void Add(StoredEvent @event)
    {
        @event.StreamKey = key;
        events.Add(@event);
        if (Base is { } known)
            @event.Version = known + events.Count;
    }

    public void Start()
    {
        IsStart = true;
        Expect(New);
    }

    public void Expect(long version)
    {
        Expected = version;
        for (var n = 0; n < events.Count; n++)
            events[n].Version = Math.Max(version, 0) + n + 1;
    }

    /// <summary>As <see cref="Expect"/>, for this save only: the caller takes any version.</summary>
    public void Assume(long version)
    {
        isAssumed = true;
        Expect(version);
    }

    /// <summary>After a save that failed: nothing is known that a second try could not read otherwise.</summary>
    public void Forget()
    {
        Inline = null;
        if (!isAssumed)
            return;

        (Expected, isAssumed) = (Any, false);
        events.ForEach(e => e.Version = 0);
    }

    /// <summary>The stream as the next append of the same session finds it.</summary>
    public StreamAppend Next()
    {
        var next = new StreamAppend(key) { Aggregate = Aggregate, TypeAlias = TypeAlias, Inline = Inline };
        next.Expect(events.Count == 0 ? Expected : events[^1].Version);
        return next;
    }

    public void Saved() => IsSaved = true;

    public StreamAction Action() => new(key, events) { Version = Base + events.Count };
}

/// <summary>An inline document as of some version of its stream.</summary>
/// <param name="Document">Null when there is none.</param>
/// <param name="Version">The last version it reflects.</param>
/// <param name="Table">
/// The oid of the table it was read from; 0 when nothing was read, because the stream is new. A rebuild puts another table in its place, and what follows from a
/// document of the old one must not be written to the new one.
/// </param>
internal readonly record struct InlineState(object? Document, long Version, uint Table);
