namespace EventSourced.EventStore.Streams;

/// <summary>Archives its stream in the transaction that appends it. Stored under Marten's alias <c>archived</c>.</summary>
/// <param name="Reason">Why, for people.</param>
public sealed record Archived(string Reason);

/// <summary>
/// What compacting leaves in place of a stream's first events: the aggregate as it was at this version. Written by Marten only; read here as the state
/// to go on from.
/// </summary>
/// <typeparam name="T">The aggregate.</typeparam>
/// <param name="Snapshot">The aggregate.</param>
/// <param name="PreviousStreamId">Always empty with string identity.</param>
/// <param name="PreviousStreamKey">The stream.</param>
public sealed record Compacted<T>(T Snapshot, Guid PreviousStreamId, string? PreviousStreamKey);
