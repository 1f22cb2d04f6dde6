namespace EventSourced.EventStore.Projections;

/// <summary>When a projection runs.</summary>
public enum ProjectionLifecycle
{
    /// <summary>In the transaction of the append.</summary>
    Inline,

    /// <summary>By the daemon, after the append.</summary>
    Async,

    /// <summary>Only when asked for.</summary>
    Live,
}

/// <summary>When an aggregate's snapshot is stored.</summary>
public enum SnapshotLifecycle
{
    /// <summary>In the transaction of the append.</summary>
    Inline,

    /// <summary>By the daemon.</summary>
    Async,
}
