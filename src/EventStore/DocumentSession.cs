using System.Diagnostics;

namespace EventSourced.EventStore;

internal sealed class DocumentSession(DocumentStore store) : QuerySession(store), IDocumentSession
{
    private readonly OrderedDictionary<string, StreamAppend> streams = new(StringComparer.Ordinal);
    private readonly List<Operation> operations = [];
    private Dictionary<string, object>? headers;
    private EventStoreOperations? events;
    private DateTimeOffset? time;
    private StreamAppend[] saved = [];

    public string? LastModifiedBy { get; set; }

    public TimeSpan? LockTimeout { get; set; }

    IEventStoreOperations IDocumentOperations.Events => events ??= new EventStoreOperations(this);

    public IUnitOfWork PendingChanges => new UnitOfWork(saved.Length > 0 ? saved : streams.Values);

    /// <summary>What is queued beside appends; the daemon runs projections on a session of its own and takes it from here.</summary>
    internal IReadOnlyList<Operation> Operations => operations;

    public void SetHeader(string key, object value) => (headers ??= [])[key] = value;

    public void Store<T>(params T[] entities) where T : notnull
    {
        foreach (var entity in entities)
        {
            var mapping = Owner.Documents.For(entity.GetType());
            Queue(new StoreOperation(mapping, mapping.IdOf(entity), entity, Version: 0));
        }
    }

    public void Delete<T>(string id) where T : notnull => Queue(new DeleteOperation(Owner.Documents.For(typeof(T)), id));

    public void QueueSqlCommand(string sql, params object[] parameterValues) =>
        Queue(new SqlOperation(Placeholders.Number(sql, parameterValues.Length), parameterValues));

    public IBatchedQuery CreateBatchQuery() => new BatchedQuery(this);

    public Task BeginTransactionAsync(CancellationToken token) => OpenTransactionAsync(token);

    public async Task SaveChangesAsync(CancellationToken token = default)
    {
        var appends = Appends();
        if (appends.Length == 0 && operations.Count == 0 && !HasTransaction)
            return;

        using var activity = Telemetry.Source.StartActivity("eventstore.save");
        var started = Stopwatch.GetTimestamp();
        var queued = operations.Count;
        try
        {
            foreach (var append in appends)
                CompleteMetadata(append);

            if (appends.Length > 0 && Owner.Projections.HasInline)
                await new InlineProjections(this).RunAsync(appends, operations, token);

            await new SaveCommand(this).ExecuteAsync(appends, operations, token);
        }
        catch
        {
            operations.RemoveRange(queued, operations.Count - queued);
            foreach (var append in appends)
                append.Forget(); // folded already; a second try reads again

            await CloseTransactionAsync();
            throw;
        }

        await CloseTransactionAsync();
        Finish(appends, Stopwatch.GetElapsedTime(started), activity);
    }

    internal StreamAppend StreamFor(string key)
    {
        if (!streams.TryGetValue(key, out var append))
            streams[key] = append = new StreamAppend(key);

        return append;
    }

    internal StreamAppend StreamFor<T>(string key) where T : class
    {
        var append = StreamFor(key);
        append.Aggregate = typeof(T);
        append.TypeAlias ??= MartenNames.Alias(typeof(T));
        return append;
    }

    /// <returns>The append that took the events: what is queued for the stream already, else <paramref name="append"/>.</returns>
    internal StreamAppend Append(StreamAppend append, params ReadOnlySpan<object> events)
    {
        if (!streams.TryAdd(append.Key, append))
            append = streams[append.Key];

        time ??= Now();
        append.Reserve(events.Length);
        foreach (var @event in events)
            append.Add(Wrap(@event));

        saved = [];
        return append;
    }

    internal void ArchiveStream(string key)
    {
        foreach (var operation in StreamArchive.Of(key))
            Queue(operation);
    }

    internal ValueTask EndTransactionAsync() => CloseTransactionAsync();

    internal bool IsInTransaction => HasTransaction;

    private void Queue(Operation operation)
    {
        operations.Add(operation);
        saved = [];
    }

    private StoredEvent Wrap(object @event)
    {
        var wrapped = @event as StoredEvent;
        if (wrapped is null or { Sequence: > 0 })
            wrapped = EventWrapper.Wrap((@event as IEvent)?.Data ?? @event);

        var mapping = Owner.Events.For(wrapped.EventType);
        wrapped.EventTypeName = mapping.Alias;
        wrapped.DotNetTypeName = mapping.DotNetName;
        wrapped.Timestamp = time!.Value; // drawn before the first event of a save is wrapped
        return wrapped;
    }

    /// <summary>PostgreSQL keeps microseconds; what inline projections see must be what a rebuild reads.</summary>
    private DateTimeOffset Now()
    {
        var now = Owner.Options.TimeProvider.GetUtcNow();
        return new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }

    private void CompleteMetadata(StreamAppend append)
    {
        for (var n = 0; n < append.Events.Count; n++) // an enumerator of an interface is an object
        {
            var @event = append.Events[n];
            @event.CorrelationId ??= CorrelationId;
            @event.CausationId ??= CausationId;
            @event.UserName ??= LastModifiedBy;
            if (headers is not null)
                AddHeaders(@event, headers);

            @event.CompleteHeaders();
        }
    }

    private static void AddHeaders(StoredEvent @event, Dictionary<string, object> headers)
    {
        foreach (var (key, value) in headers)
        {
            if (@event.GetHeader(key) is null)
                @event.SetHeader(key, value);
        }
    }

    private StreamAppend[] Appends()
    {
        var used = 0;
        foreach (var append in streams.Values)
            used += append.Events.Count > 0 ? 1 : 0;

        var appends = used == 0 ? [] : new StreamAppend[used];
        foreach (var append in streams.Values)
        {
            if (append.Events.Count > 0)
                appends[^used--] = append;
        }

        return appends;
    }

    private void Finish(StreamAppend[] appends, TimeSpan elapsed, Activity? activity)
    {
        foreach (var append in appends)
            append.Saved();

        saved = appends;
        streams.Clear();
        operations.Clear();
        time = null;
        if (appends.Length == 0)
            return;

        Telemetry.AppendDuration.Record(elapsed.TotalSeconds);
        foreach (var append in appends)
            Telemetry.AppendedEvents.Add(append.Events.Count);

        activity?.SetTag("eventstore.streams", appends.Length);
        Owner.WakeUps.Raise(IWakeUps.EventsAppended);
    }
}
