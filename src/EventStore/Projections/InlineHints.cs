using System.Collections.Concurrent;

namespace EventSourced.EventStore.Projections;

/// <summary>
/// Which inline documents a stream of some aggregate has, so that fetching it for writing can read them too. A guess from the event types both take,
/// corrected by what saves had to read; a wrong guess costs a read, never a result.
/// </summary>
internal sealed class InlineHints(ProjectionGraph projections, EventGraph events)
{
    private readonly ConcurrentDictionary<Type, DocumentProjectionModel[]> byAggregate = new();

    public IReadOnlyList<DocumentProjectionModel> For(Type aggregate) => byAggregate.GetOrAdd(aggregate, Guess);

    /// <summary>A save of such a stream needed this document and did not have it.</summary>
    public void Learn(Type aggregate, DocumentProjectionModel projection) =>
        byAggregate.AddOrUpdate(aggregate, _ => [projection], (_, known) => known.Contains(projection) ? known : [.. known, projection]);

    private DocumentProjectionModel[] Guess(Type aggregate)
    {
        var fold = projections.AggregateOf(aggregate);
        return [.. projections.InlineDocuments.Where(p => events.Known.Any(e => !IsForAll(e.Type) && fold.Handles(e.Type) && p.Handles(e.Type)))];
    }

    private static bool IsForAll(Type eventType) => eventType == typeof(Archived);
}
