namespace EventSourced.EventStore.Streams;

/// <summary>Reading streams. Names and meaning are Marten's.</summary>
public interface IQueryEventStore
{
    /// <summary>The events of one stream that is not archived, in order.</summary>
    /// <param name="streamKey">The stream.</param>
    /// <param name="version">Only up to and including this version; 0 means all.</param>
    /// <param name="timestamp">Only those appended at or before this time.</param>
    /// <param name="fromVersion">Only from this version on; 0 means from the start.</param>
    /// <param name="token">Cancels the read.</param>
    /// <returns>The events; empty for an unknown stream, and for an archived one.</returns>
    /// <exception cref="UnknownEventTypeException">An event's type is not known here.</exception>
    /// <exception cref="System.Text.Json.JsonException">A body does not fit its type.</exception>
    /// <exception cref="NotSupportedException">A body is binary.</exception>
    Task<IReadOnlyList<IEvent>> FetchStreamAsync(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, long fromVersion = 0, CancellationToken token = default);

    /// <summary>Folds a stream into <typeparamref name="T"/> by its <c>Create</c> and <c>Apply</c> methods, as of a version or time.</summary>
    /// <param name="streamKey">The stream.</param>
    /// <param name="version">Only up to and including this version; 0 means all.</param>
    /// <param name="timestamp">Only events appended at or before this time.</param>
    /// <param name="state">What the events are folded onto; null to begin with nothing.</param>
    /// <param name="fromVersion">Only from this version on; 0 means from the start.</param>
    /// <param name="token">Cancels the read.</param>
    /// <returns>The aggregate; null when no event was found.</returns>
    /// <exception cref="UnknownEventTypeException">An event's type is not known here.</exception>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> has no method that takes an event.</exception>
    Task<T?> AggregateStreamAsync<T>(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, T? state = null, long fromVersion = 0, CancellationToken token = default)
        where T : class;

    /// <summary>Beyond Marten: as <see cref="AggregateStreamAsync{T}"/>, of an archived stream too.</summary>
    /// <param name="streamKey">The stream.</param>
    /// <param name="version">Only up to and including this version; 0 means all.</param>
    /// <param name="token">Cancels the read.</param>
    /// <returns>The aggregate; null when no event was found.</returns>
    Task<T?> AggregateArchivedStreamAsync<T>(string streamKey, long version = 0, CancellationToken token = default) where T : class;

    /// <summary>The stream's row, also of an archived stream; null when unknown.</summary>
    Task<StreamState?> FetchStreamStateAsync(string streamKey, CancellationToken token = default);

    /// <summary>One event by id; null when unknown.</summary>
    Task<IEvent?> LoadAsync(Guid id, CancellationToken token = default);
}

/// <summary>Queuing appends for the session's next <c>SaveChangesAsync</c>. Names and meaning are Marten's.</summary>
public interface IEventStoreOperations : IQueryEventStore
{
    /// <summary>Queues a new stream. The save throws <see cref="ExistingStreamIdCollisionException"/> when it exists.</summary>
    StreamAction StartStream<TAggregate>(string streamKey, params object[] events) where TAggregate : class;

    /// <inheritdoc cref="StartStream{TAggregate}(string, object[])"/>
    StreamAction StartStream(Type aggregateType, string streamKey, params object[] events);

    /// <inheritdoc cref="StartStream{TAggregate}(string, object[])"/>
    StreamAction StartStream(string streamKey, params object[] events);

    /// <summary>Queues events without an expected version. A missing stream is started; a lost race is still a <see cref="ConcurrencyException"/>.</summary>
    StreamAction Append(string stream, params object[] events);

    /// <summary>Queues events; the save throws <see cref="EventStreamUnexpectedMaxEventIdException"/> unless the stream then has exactly <paramref name="expectedVersion"/>.</summary>
    /// <param name="stream">The stream's key.</param>
    /// <param name="expectedVersion">The version the stream has <b>after</b> the append.</param>
    /// <param name="events">The events in order.</param>
    StreamAction Append(string stream, long expectedVersion, params object[] events);

    /// <summary>Reads the stream's version now and queues events; the save throws <see cref="EventStreamUnexpectedMaxEventIdException"/> when it has another then.</summary>
    /// <exception cref="NonExistentStreamException">The stream has no events.</exception>
    Task AppendOptimistic(string streamKey, CancellationToken token, params object[] events);

    /// <inheritdoc cref="AppendOptimistic(string, CancellationToken, object[])"/>
    Task AppendOptimistic(string streamKey, params object[] events);

    /// <summary>
    /// Opens the session's transaction, locks the stream and queues events; nobody else appends to the stream before the save or the session's disposal.
    /// </summary>
    /// <exception cref="NonExistentStreamException">The stream has no events.</exception>
    /// <exception cref="StreamLockedException">The connection has a <c>lock_timeout</c>, and it passed.</exception>
    Task AppendExclusive(string streamKey, CancellationToken token, params object[] events);

    /// <inheritdoc cref="AppendExclusive(string, CancellationToken, object[])"/>
    Task AppendExclusive(string streamKey, params object[] events);

    /// <summary>
    /// As <see cref="FetchForWriting{T}(string, CancellationToken)"/>, with the stream locked as by <see cref="AppendExclusive(string, CancellationToken, object[])"/>.
    /// A missing stream has nothing to lock: of two who start it, one loses.
    /// </summary>
    /// <exception cref="StreamLockedException">The connection has a <c>lock_timeout</c>, and it passed.</exception>
    Task<IEventStream<T>> FetchForExclusiveWriting<T>(string key, CancellationToken cancellation = default) where T : class;

    /// <summary>
    /// Reads a stream's aggregate and version in one snapshot and round trip, without a lock; the save enforces that version when events were appended. Of a
    /// missing stream the aggregate is null and the version 0, and the save starts it: of two who do, one loses. Of an archived one the save is refused.
    /// </summary>
    /// <exception cref="UnknownEventTypeException">An event's type is not known here.</exception>
    Task<IEventStream<T>> FetchForWriting<T>(string key, CancellationToken cancellation = default) where T : class;

    /// <summary>As <see cref="FetchForWriting{T}(string, CancellationToken)"/>, and throws at once when the version differs.</summary>
    /// <exception cref="EventStreamUnexpectedMaxEventIdException">The stream has another version.</exception>
    Task<IEventStream<T>> FetchForWriting<T>(string key, long expectedVersion, CancellationToken cancellation = default) where T : class;

    /// <summary>Queues the archiving of a stream and its events; archived streams refuse appends.</summary>
    void ArchiveStream(string streamKey);
}
