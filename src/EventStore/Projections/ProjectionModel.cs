namespace EventSourced.EventStore.Projections;

/// <summary>A registered projection, compiled: what inline saves, async shards, rebuild and verify share.</summary>
internal abstract class ProjectionModel(ProjectionBase projection, string name, ProjectionLifecycle lifecycle, EventGraph events)
{
    private KnownAliases aliases = new(-1, []);

    public ProjectionBase Projection => projection;

    public string Name => name;

    public ProjectionLifecycle Lifecycle => lifecycle;

    /// <summary>Whether events of archived streams count.</summary>
    public bool IncludesArchived => projection.IncludeArchivedEvents;

    /// <summary>The columns to read of its events, of table alias <c>e</c>.</summary>
    public string EventColumns => TakesEnvelopes || events.SharesAliases ? EventRows.Columns : EventRows.WithoutMetadata;

    /// <summary>What a query for its events, of table alias <c>e</c>, adds to its conditions.</summary>
    public string ArchivedFilter => IncludesArchived ? "" : "and e.is_archived is not true";

    /// <summary>The row name in <c>mt_event_progression</c>.</summary>
    public string ShardName => projection.Version > 1 ? $"{name}:V{projection.Version}:All" : $"{name}:All";

    /// <summary>The types its methods name: events, or interfaces of them.</summary>
    public abstract IReadOnlyList<Type> EventTypes { get; }

    /// <summary>Aliases of the events it takes; what a page of events is filtered by. Types become known while running, so read it per page.</summary>
    public string[] Aliases()
    {
        var known = events.Generation;
        if (aliases.Generation != known)
            aliases = new KnownAliases(known, [.. EventTypes.SelectMany(events.AliasesReadAs).Distinct()]);

        return aliases.Values;
    }

    public abstract bool Handles(Type eventType);

    protected abstract bool TakesEnvelopes { get; }

    private sealed record KnownAliases(int Generation, string[] Values);
}

/// <summary>A projection into one document table.</summary>
internal sealed class DocumentProjectionModel(
    ProjectionBase projection, ProjectionLifecycle lifecycle, EventGraph events, DocumentMapping document, AggregateModel aggregate,
    Func<IEvent, IReadOnlyList<string>>? route, bool routesByEnvelope = false)
    : ProjectionModel(projection, projection.Name ?? document.Type.Name, lifecycle, events)
{
    private InlineSql? inlineSql;

    public DocumentMapping Document => document;

    public AggregateModel Aggregate => aggregate;

    /// <summary>What reads its inline documents.</summary>
    public InlineSql InlineSql =>
        inlineSql is { } made && ReferenceEquals(made.Aliases, Aliases()) ? made : inlineSql = new InlineSql(document.Sql.Table, EventColumns, Aliases());

    /// <summary>Whether documents gather several streams; then <c>mt_version</c> is a sequence, else the stream's version.</summary>
    public bool IsMultiStream => route is not null;

    /// <summary>An async projection of one stream takes <see cref="Archived"/> too: whoever processes it archives the stream (marten-schema 12).</summary>
    public bool Archives => !IsMultiStream && Lifecycle is ProjectionLifecycle.Async;

    public override IReadOnlyList<Type> EventTypes => Archives ? [.. aggregate.EventTypes, typeof(Archived)] : aggregate.EventTypes;

    public override bool Handles(Type eventType) => aggregate.Handles(eventType);

    protected override bool TakesEnvelopes { get; } = aggregate.ReadsMetadata || routesByEnvelope;

    /// <summary>The documents an event belongs to: of a single-stream projection the stream's key, else what the routes say.</summary>
    public IReadOnlyList<string> IdentitiesOf(IEvent @event) => route is not null ? route(@event)
        : [@event.StreamKey ?? throw new InvalidOperationException($"Event {@event.Sequence} belongs to no stream.")];

    /// <summary>What <c>mt_version</c> is after this event.</summary>
    public long VersionAfter(IEvent @event) => IsMultiStream ? @event.Sequence : @event.Version;

    /// <summary>The document after the event, with its <c>Id</c> and <c>Version</c> members filled; null when there is none.</summary>
    public object? Evolve(object? snapshot, IEvent @event, string id)
    {
        var next = aggregate.Evolve(snapshot, @event);
        if (next is not null)
            document.Fill(next, id, VersionAfter(@event));

        return next;
    }
}

/// <summary>A projection that runs SQL for each event.</summary>
internal sealed class EventProjectionModel : ProjectionModel
{
    private readonly IReadOnlyList<ConventionMethod> methods;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<Type, Action<IEvent, IDocumentOperations>?> calls = new();

    public EventProjectionModel(EventProjection projection, ProjectionLifecycle lifecycle, EventGraph events)
        : base(projection, projection.Name ?? projection.GetType().FullName!, lifecycle, events)
    {
        methods = [.. ConventionMethod.Find("Project", projection.GetType(), projection, typeof(IDocumentOperations))];
        EventTypes = [.. methods.Select(m => m.EventType).Distinct()];
        if (EventTypes.Count == 0)
            throw new InvalidOperationException($"{projection.GetType().Name} has no public Project method.");
    }

    /// <summary>Schema-qualified tables that only this projection writes.</summary>
    public IReadOnlyList<string> Tables => ((EventProjection)Projection).Options.Tables;

    public override IReadOnlyList<Type> EventTypes { get; }

    public override bool Handles(Type eventType) => CallFor(eventType) is not null;

    protected override bool TakesEnvelopes => methods.Any(m => m.TakesEnvelope);

    /// <summary>Queues what the projection wants for this event.</summary>
    public void Project(IEvent @event, IDocumentOperations operations) => CallFor(@event.EventType)?.Invoke(@event, operations);

    private Action<IEvent, IDocumentOperations>? CallFor(Type eventType) => calls.GetOrAdd(eventType, static (type, model) => model.Compile(type), this);

    private Action<IEvent, IDocumentOperations>? Compile(Type eventType)
    {
        if (MostSpecific.For(methods, eventType, m => m.EventType) is not { } method)
            return null;

        var e = System.Linq.Expressions.Expression.Parameter(typeof(IEvent), "e");
        var operations = System.Linq.Expressions.Expression.Parameter(typeof(IDocumentOperations), "operations");
        return System.Linq.Expressions.Expression.Lambda<Action<IEvent, IDocumentOperations>>(method.Call(e, self: null, operations), e, operations).Compile();
    }
}
