namespace EventSourced.EventStore.Projections;

/// <summary>What all projections share.</summary>
public abstract class ProjectionBase
{
    /// <summary>The shard's name. Default: the document's type name; for event projections the full type name.</summary>
    public string? Name { get; set; }

    /// <summary>Raise it when the meaning changed: a version above 1 is built beside the old one (table <c>mt_doc_x_n</c>, shard <c>Name:Vn:All</c>).</summary>
    public uint Version { get; set; } = 1;

    /// <summary>
    /// Whether the daemon, a rebuild and a verification take in events of archived streams. Name, meaning and default (false) are Marten's: what an async shard has
    /// not reached when a stream is archived stays out, and a rebuild leaves the stream out altogether. Set it where archiving must not change what is shown.
    /// </summary>
    public bool IncludeArchivedEvents { get; set; }

    internal abstract ProjectionModel Compile(ProjectionLifecycle lifecycle, EventGraph events, DocumentGraph documents);
}

/// <summary>
/// Folds each stream into one document by public methods found by convention, here or on the document: <c>Create(TEvent)</c>, <c>Apply(TEvent, TDoc)</c>,
/// <c>ShouldDelete(TEvent[, TDoc])</c>, also with <c>IEvent&lt;TEvent&gt;</c>. Of several methods that take an event the one with the nearest type runs.
/// Pure: no clock, no look-ups. The document's <c>mt_version</c> is the stream's version.
/// </summary>
public abstract partial class SingleStreamProjection<TDoc, TId> : ProjectionBase where TDoc : class where TId : notnull
{
    internal List<Type> DeletingEvents { get; } = [];

    /// <summary>Deletes the document on this event.</summary>
    public void DeleteEvent<TEvent>() => DeletingEvents.Add(typeof(TEvent));

    internal override ProjectionModel Compile(ProjectionLifecycle lifecycle, EventGraph events, DocumentGraph documents) => new DocumentProjectionModel(
        this, lifecycle, events, documents.Projected<TDoc, TId>(this), new AggregateModel(typeof(TDoc), this, DeletingEvents), route: null);
}

/// <summary>
/// Folds events of many streams into documents found by <see cref="Identity{TEvent}"/>. Only async. The document's <c>mt_version</c> is the
/// sequence of the last event applied.
/// </summary>
public abstract partial class MultiStreamProjection<TDoc, TId> : ProjectionBase where TDoc : class where TId : notnull
{
    internal List<Route> Routes { get; } = [];

    internal List<Type> DeletingEvents { get; } = [];

    /// <summary>Routes an event (or all events of an interface, or an <see cref="IEvent{T}"/>) to one document.</summary>
    public void Identity<TEvent>(Func<TEvent, TId> identity) where TEvent : notnull => 
        Routes.Add(new Route<TEvent>(e => [Text(identity(e))]));

    /// <summary>As <see cref="Identity{TEvent}"/>, to several documents.</summary>
    public void Identities<TEvent>(Func<TEvent, IReadOnlyList<TId>> identities) where TEvent : notnull =>
        Routes.Add(new Route<TEvent>(e => [.. (identities(e) ?? throw NoIdentity()).Select(Text)]));

    /// <summary>Deletes the document on this event.</summary>
    public void DeleteEvent<TEvent>() => DeletingEvents.Add(typeof(TEvent));

    internal override ProjectionModel Compile(ProjectionLifecycle lifecycle, EventGraph events, DocumentGraph documents)
    {
        if (lifecycle is ProjectionLifecycle.Inline)
            throw new InvalidOperationException($"{GetType().Name} gathers several streams, so it cannot be inline.");

        return new DocumentProjectionModel(
            this, lifecycle, events, documents.Projected<TDoc, TId>(this), new AggregateModel(typeof(TDoc), this, DeletingEvents), IdsOf, Routes.Exists(r => r.TakesEnvelope));
    }

    private IReadOnlyList<string> IdsOf(IEvent @event)
    {
        if (Routes.Count == 1)
            return Routes[0].Takes(@event) ? Routes[0].Ids(@event) : [];

        return [.. Routes.Where(r => r.Takes(@event)).SelectMany(r => r.Ids(@event)).Distinct(StringComparer.Ordinal)];
    }

    // DocumentGraph refuses every other type of id, and no document has none.
    private static string Text(TId? id) => id as string ?? throw NoIdentity();

    private static InvalidOperationException NoIdentity() => new("The id of the document that an event belongs to is null.");
}

/// <summary>
/// Runs public methods found by convention for each event: <c>Project(TEvent, IDocumentOperations)</c>, also with <c>IEvent&lt;TEvent&gt;</c>. For flat tables, by
/// <see cref="IDocumentOperations.QueueSqlCommand"/>; the tables it owns are named in <see cref="Options"/> so that a rebuild can build them beside.
/// </summary>
public abstract partial class EventProjection : ProjectionBase
{
    /// <summary>Its flat tables.</summary>
    public AsyncOptions Options { get; } = new();

    internal override ProjectionModel Compile(ProjectionLifecycle lifecycle, EventGraph events, DocumentGraph documents) =>
        new EventProjectionModel(this, lifecycle, events);
}
