using Npgsql;

namespace EventSourced.EventStore.Streams;

internal sealed class EventStoreOperations(DocumentSession session) : QueryEventStore(session), IEventStoreOperations
{
    public StreamAction StartStream<TAggregate>(string streamKey, params object[] events) where TAggregate : class =>
        StartStream(typeof(TAggregate), streamKey, events);

    public StreamAction StartStream(Type aggregateType, string streamKey, params object[] events)
    {
        var append = session.StreamFor(streamKey);
        append.TypeAlias = MartenNames.Alias(aggregateType);
        append.Aggregate = aggregateType;
        append.Start();
        session.Append(append, events);
        return append.Action();
    }

    public StreamAction StartStream(string streamKey, params object[] events)
    {
        var append = session.StreamFor(streamKey);
        append.Start();
        session.Append(append, events);
        return append.Action();
    }

    public StreamAction Append(string stream, params object[] events) => session.Append(session.StreamFor(stream), events).Action();

    public StreamAction Append(string stream, long expectedVersion, params object[] events)
    {
        var append = session.StreamFor(stream);
        var count = append.Events.Count + events.Length;
        if (expectedVersion < count)
            throw new EventStreamUnexpectedMaxEventIdException(stream, expectedVersion, count);

        session.Append(append, events);
        append.Expect(expectedVersion - count);
        return append.Action();
    }

    public async Task AppendOptimistic(string streamKey, CancellationToken token, params object[] events)
    {
        if (await FetchStreamStateAsync(streamKey, token) is not { Version: > 0 and var version })
            throw new NonExistentStreamException(streamKey);

        var append = session.StreamFor(streamKey);
        session.Append(append, events);
        append.Expect(version);
    }

    public Task AppendOptimistic(string streamKey, params object[] events) => AppendOptimistic(streamKey, CancellationToken.None, events);

    public async Task AppendExclusive(string streamKey, CancellationToken token, params object[] events)
    {
        await LockAsync(streamKey, token);
        await AppendOptimistic(streamKey, token, events);
    }

    public Task AppendExclusive(string streamKey, params object[] events) => AppendExclusive(streamKey, CancellationToken.None, events);

    public async Task<IEventStream<T>> FetchForExclusiveWriting<T>(string key, CancellationToken cancellation = default) where T : class
    {
        await LockAsync(key, cancellation);
        return await FetchForWriting<T>(key, cancellation);
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

    public void ArchiveStream(string streamKey) => session.ArchiveStream(streamKey);

    /// <summary>Before what reads the stream, in a statement of its own: that one sees what a writer committed for whom this one waited.</summary>
    private async Task LockAsync(string key, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        await using var lease = await session.LeaseAsync(token);
        await using var command = new NpgsqlCommand(StreamSql.Lock, lease.Connection) { Parameters = { Key(key) } };
        try
        {
            await command.ExecuteNonQueryAsync(token);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable)
        {
            throw new StreamLockedException(key, e);
        }
    }
}
