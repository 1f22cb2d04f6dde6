namespace EventSourced.EventStore.Streams;

/// <summary>Beyond Marten: streams that SQL finds.</summary>
public static class StreamFinding
{
    /// <summary>
    /// Finds a stream by SQL and fetches it for writing, in one round trip and in the session's transaction, which this opens. Row locks the SQL takes
    /// are held until the save or the session's disposal, and the stream is read after they were taken, so whoever waited for one sees what its former
    /// holder wrote.
    /// </summary>
    /// <param name="events">The session's events.</param>
    /// <param name="findSql">A query with <c>?</c> placeholders whose one value is the stream's key; no row or NULL means none.</param>
    /// <param name="token">Cancels.</param>
    /// <param name="parameters">Values of the placeholders.</param>
    /// <returns>The stream; null when the SQL found none. The transaction stays open either way.</returns>
    public static Task<IEventStream<T>?> FindForWriting<T>(
        this IEventStoreOperations events, string findSql, CancellationToken token, params object[] parameters) where T : class =>
        events is EventStoreOperations own
            ? own.FindForWriting<T>(findSql, parameters, token)
            : throw new ArgumentException("Only sessions of this library's store can find streams.", nameof(events));
}
