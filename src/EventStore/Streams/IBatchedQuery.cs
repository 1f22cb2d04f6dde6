namespace EventSourced.EventStore.Streams;

/// <summary>Several reads of one session in one round trip. Names and meaning are Marten's.</summary>
public interface IBatchedQuery
{
    /// <summary>Reading streams.</summary>
    IBatchEvents Events { get; }

    /// <summary>Sends what was asked for; the tasks handed out before complete with it. Once.</summary>
    /// <exception cref="InvalidOperationException">It was executed before.</exception>
    Task Execute(CancellationToken token = default);
}

/// <summary>The reads of streams that a batch can hold.</summary>
public interface IBatchEvents
{
    /// <summary>As <see cref="IEventStoreOperations.FetchForWriting{T}(string, CancellationToken)"/>; completes with <see cref="IBatchedQuery.Execute"/>.</summary>
    Task<IEventStream<T>> FetchForWriting<T>(string key) where T : class;
}
