using Npgsql;

namespace EventSourced.EventStore.Streams;

internal sealed class EventStoreOperations(DocumentSession session) : QueryEventStore(session), IEventStoreOperations
{
    public void StartStream<TAggregate>(string streamKey, params object[] events) where TAggregate : class =>
        StartStream(typeof(TAggregate), streamKey, events);

    public void StartStream(Type aggregateType, string streamKey, params object[] events)
    {
        var append = session.StreamFor(streamKey);
        append.TypeAlias = MartenNames.Alias(aggregateType);
        append.Aggregate = aggregateType;
        append.Start();
        session.Append(append, events);
    }

    public void StartStream(string streamKey, params object[] events)
    {
        var append = session.StreamFor(streamKey);
        append.Start();
        session.Append(append, events);
    }

    public void Append(string stream, params object[] events) => session.Append(session.StreamFor(stream), events);

    public void Append(string stream, long expectedVersion, params object[] events)
    {
        var append = session.StreamFor(stream);
        session.Append(append, events);
        var before = expectedVersion - append.Events.Count;
        if (before < 0)
            throw new EventStreamUnexpectedMaxEventIdException(stream, expectedVersion, append.Events.Count);

        append.Expect(before);
    }

    public async Task<IEventStream<T>> FetchForWriting<T>(string key, CancellationToken cancellation = default) where T : class
    {
        var append = session.StreamFor<T>(key);
        var aggregate = await new StreamForWriting(session).ReadAsync(append, typeof(T), cancellation);
        return new EventStream<T>(session, append, (T?)aggregate);
    }

    public async Task<IEventStream<T>> FetchForWriting<T>(string key, long expectedVersion, CancellationToken cancellation = default) where T : class
    {
        var stream = await FetchForWriting<T>(key, cancellation);
        return stream.StartingVersion == expectedVersion
            ? stream
            : throw new EventStreamUnexpectedMaxEventIdException(key, expectedVersion, stream.StartingVersion ?? 0);
    }

    /// <inheritdoc cref="StreamFinding.FindForWriting{T}"/>
    public async Task<IEventStream<T>?> FindForWriting<T>(string findSql, object[] parameters, CancellationToken cancellation) where T : class
    {
        await session.BeginTransactionAsync(cancellation);
        var sql = Placeholders.Number(findSql, parameters.Length);
        return await new StreamForWriting(session).ReadFoundAsync(sql, parameters, typeof(T), session.StreamFor<T>, cancellation) is var (append, aggregate)
            ? new EventStream<T>(session, append, (T?)aggregate)
            : null;
    }

    public void ArchiveStream(string streamKey) => session.ArchiveStream(streamKey);
}
