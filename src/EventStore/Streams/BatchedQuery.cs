namespace EventSourced.EventStore.Streams;

internal sealed class BatchedQuery(DocumentSession session) : IBatchedQuery, IBatchEvents
{
    private readonly List<StreamRead> reads = [];
    private bool isExecuted;

    public IBatchEvents Events => this;

    public Task<IEventStream<T>> FetchForWriting<T>(string key) where T : class
    {
        var read = new StreamRead<T>(session, session.StreamFor<T>(key));
        reads.Add(read);
        return read.Task;
    }

    public async Task Execute(CancellationToken token = default)
    {
        if (isExecuted)
            throw new InvalidOperationException("A batched query is executed once.");

        isExecuted = true;
        if (reads.Count == 0)
            return;

        try
        {
            await new StreamForWriting(session).ReadAsync(reads, token);
        }
        catch (Exception e)
        {
            reads.ForEach(r => r.Fail(e));
            throw;
        }
    }
}

/// <summary>One stream that a batch reads for writing.</summary>
internal abstract class StreamRead(StreamAppend append, Type aggregate)
{
    public StreamAppend Append => append;

    public Type Aggregate => aggregate;

    public abstract void Complete(object? aggregate);

    /// <summary>Without effect on one that is complete.</summary>
    public abstract void Fail(Exception reason);
}

/// <inheritdoc/>
internal sealed class StreamRead<T>(DocumentSession session, StreamAppend append) : StreamRead(append, typeof(T)) where T : class
{
    private readonly TaskCompletionSource<IEventStream<T>> source = new();

    public Task<IEventStream<T>> Task => source.Task;

    public override void Complete(object? aggregate) => source.SetResult(new EventStream<T>(session, Append, (T?)aggregate));

    public override void Fail(Exception reason)
    {
        if (source.TrySetException(reason))
            _ = source.Task.Exception; // thrown by Execute; who asked need not look as well
    }
}
