namespace EventSourced.EventStore;

/// <summary>Queuing changes; what projections are given. Names and meaning are Marten's.</summary>
public interface IDocumentOperations : IQuerySession
{
    /// <summary>Queues inserts or replacements; of one document the last counts. Ordinary documents are not versioned: the last save wins.</summary>
    /// <exception cref="InvalidOperationException">The type is no document of this store, or a document has no id.</exception>
    void Store<T>(params T[] entities) where T : notnull;

    /// <summary>Queues a deletion; deleting what is not there is no error.</summary>
    /// <exception cref="InvalidOperationException">The type is no document of this store.</exception>
    void Delete<T>(string id) where T : notnull;

    /// <summary>Queues any SQL with <c>?</c> placeholders; it runs in the save's transaction, in the order it was queued.</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the placeholders.</exception>
    void QueueSqlCommand(string sql, params object[] parameterValues);

    /// <summary>Appending to streams.</summary>
    new IEventStoreOperations Events { get; }
}

/// <summary>
/// One unit of work: everything queued is saved in one READ COMMITTED transaction by <see cref="SaveChangesAsync"/>. Without an explicit transaction the
/// session holds no connection between calls. Not thread-safe.
/// </summary>
public interface IDocumentSession : IDocumentOperations
{
    /// <summary>Written to <c>user_name</c> of every event that has none of its own.</summary>
    string? LastModifiedBy { get; set; }

    /// <summary>How long the save waits for a lock before it is refused; null as long as the database lets it. Not Marten's.</summary>
    TimeSpan? LockTimeout { get; set; }

    /// <summary>Adds a header to every event of this session.</summary>
    void SetHeader(string key, object value);

    /// <summary>A set of reads that share a round trip.</summary>
    IBatchedQuery CreateBatchQuery();

    /// <summary>Opens the transaction now, so that reads (and their locks) belong to it until the save or disposal.</summary>
    Task BeginTransactionAsync(CancellationToken token);

    /// <summary>
    /// Saves everything queued, inline projections included, in one transaction and, where nothing has to be read first, one round trip.
    /// Afterwards the session is empty and may be used again.
    /// </summary>
    /// <param name="token">Cancels it. Cancelled while the database works, the outcome is unknown: what was sent may have been committed.</param>
    /// <exception cref="ConcurrencyException">
    /// A stream moved, a foreign writer was faster, or a rebuild replaced the table of an inline document that was read before. Nothing was saved; read again.
    /// </exception>
    /// <exception cref="ExistingStreamIdCollisionException">A stream to start exists.</exception>
    /// <exception cref="InvalidStreamOperationException">A stream is archived.</exception>
    Task SaveChangesAsync(CancellationToken token = default);

    /// <summary>What is queued and, after a save until the next change, what was saved.</summary>
    IUnitOfWork PendingChanges { get; }
}

/// <summary>The streams a session appends to.</summary>
public interface IUnitOfWork
{
    /// <summary>One entry a stream, in the order first named.</summary>
    IReadOnlyList<StreamAction> Streams();
}

/// <summary>The events to append to one stream, of those that are queued when it is made; versions are filled in where the expected version is known, and after the save.</summary>
/// <param name="Key">The stream.</param>
/// <param name="Events">In order.</param>
public sealed record StreamAction(string Key, IReadOnlyList<IEvent> Events)
{
    /// <summary>The stream's version after the save; null while unknown.</summary>
    public long? Version { get; init; }
}
