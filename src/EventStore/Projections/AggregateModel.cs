using System.Collections.Concurrent;
using System.Linq.Expressions;

namespace EventSourced.EventStore.Projections;

/// <summary>How events fold into one document: the conventions of a projection and its document, compiled once.</summary>
internal sealed class AggregateModel
{
    private readonly Type document;
    private readonly Type compacted;
    private readonly IReadOnlyList<ConventionMethod> creates;
    private readonly IReadOnlyList<ConventionMethod> applies;
    private readonly IReadOnlyList<ConventionMethod> deletes;
    private readonly IReadOnlyCollection<Type> deletingEvents;
    private readonly ConcurrentDictionary<Type, Func<object?, IEvent, object?>?> folds = new();

    public AggregateModel(Type document, object? projection, IReadOnlyCollection<Type> deletingEvents)
    {
        this.document = document;
        this.deletingEvents = deletingEvents;
        Members = new FilledMembers(document);
        compacted = typeof(Compacted<>).MakeGenericType(document);
        creates = Find("Create", projection);
        applies = Find("Apply", projection);
        deletes = Find("ShouldDelete", projection);
        ReadsMetadata = creates.Concat(applies).Concat(deletes).Any(m => m.TakesEnvelope);
        EventTypes = [.. creates.Concat(applies).Concat(deletes).Select(m => m.EventType).Concat(deletingEvents).Append(compacted).Distinct()];
        if (EventTypes.Count == 1)
            throw new InvalidOperationException($"{projection?.GetType().Name ?? document.Name} has no public Create, Apply or ShouldDelete method.");
    }

    /// <summary>The types its methods name: events, or interfaces of them.</summary>
    public IReadOnlyList<Type> EventTypes { get; }

    /// <summary>Whether a method takes an <see cref="IEvent"/>, so that more than bodies must be read.</summary>
    public bool ReadsMetadata { get; }

    public FilledMembers Members { get; }

    /// <summary>Whether an <c>Apply</c> that throws may leave the document half changed: nothing but records are surely replaced rather than changed.</summary>
    public bool ChangesInPlace => document.GetMethod("<Clone>$") is null || applies.Any(a => a.ReturnsNothing);

    public bool Handles(Type eventType) => FoldOf(eventType) is not null;

    /// <summary>The document after the event; null when there is none (yet, or any more). An event it has no method for changes nothing.</summary>
    public object? Evolve(object? snapshot, IEvent @event) => FoldOf(@event.EventType) is { } fold ? fold(snapshot, @event) : snapshot;

    private Func<object?, IEvent, object?>? FoldOf(Type eventType) => folds.GetOrAdd(eventType, static (type, model) => model.Compile(type), this);

    private List<ConventionMethod> Find(string name, object? projection) =>
    [
        .. projection is null ? [] : ConventionMethod.Find(name, projection.GetType(), projection, document),
        .. ConventionMethod.Find(name, document, target: null, document),
    ];

    private Func<object?, IEvent, object?>? Compile(Type eventType)
    {
        if (eventType == compacted)
            return (_, e) => compacted.GetProperty(nameof(Compacted<>.Snapshot))!.GetValue(e.Data);

        var create = Nearest(creates, eventType);
        var apply = Nearest(applies, eventType);
        var delete = Nearest(deletes, eventType);
        var always = deletingEvents.Any(d => d.IsAssignableFrom(eventType));
        if (create is null && apply is null && delete is null && !always)
            return null;

        return always ? (_, _) => null : Lambda(create, apply, delete);
    }

    private Func<object?, IEvent, object?> Lambda(ConventionMethod? create, ConventionMethod? apply, ConventionMethod? delete)
    {
        var snapshot = Expression.Parameter(typeof(object), "snapshot");
        var e = Expression.Parameter(typeof(IEvent), "e");
        var doc = Expression.Variable(document, "doc");
        var none = Expression.Constant(null, document);
        var ctor = document.GetConstructor(Type.EmptyTypes);

        Expression start = create is not null ? create.Call(e, self: null)
            : apply is not null && ctor is not null ? Applied(apply, e, doc, Expression.Assign(doc, Expression.New(ctor))) : none;
        Expression next = apply is null ? doc : Applied(apply, e, doc, before: null);
        var body = new List<Expression>
        {
            Expression.Assign(doc, Expression.Convert(snapshot, document)),
            Expression.Assign(doc, Expression.Condition(Expression.ReferenceEqual(doc, none), start, next, document)),
        };
        if (delete is not null)
        {
            var gone = Expression.AndAlso(Expression.ReferenceNotEqual(doc, none), delete.Call(e, doc, doc));
            body.Add(Expression.IfThen(gone, Expression.Assign(doc, none)));
        }

        body.Add(Expression.Convert(doc, typeof(object)));
        return Expression.Lambda<Func<object?, IEvent, object?>>(Expression.Block([doc], body), snapshot, e).Compile();
    }

    /// <summary>An <c>Apply</c> returns the next document or changes the one it is called on.</summary>
    private BlockExpression Applied(ConventionMethod apply, ParameterExpression e, ParameterExpression doc, Expression? before)
    {
        var call = apply.Call(e, doc, doc);
        Expression[] steps = before is null ? [] : [before];
        return call.Type == typeof(void)
            ? Expression.Block(document, [.. steps, call, doc])
            : Expression.Block(document, [.. steps, Expression.Convert(call, document)]);
    }

    private static ConventionMethod? Nearest(IReadOnlyList<ConventionMethod> methods, Type eventType) =>
        MostSpecific.For(methods, eventType, m => m.EventType);
}
