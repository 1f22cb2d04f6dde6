using System.Collections.Concurrent;

namespace EventSourced.EventStore.Projections;

/// <summary>All registered projections, compiled once when the store is built, and the fold of any aggregate read live.</summary>
internal sealed class ProjectionGraph
{
    private readonly EventGraph events;
    private readonly Dictionary<string, string> comparisons;
    private readonly ConcurrentDictionary<Type, AggregateModel> live = new();

    public ProjectionGraph(StoreOptions options, EventGraph events, DocumentGraph documents)
    {
        this.events = events;
        comparisons = options.Projections.Comparisons;
        All = [.. options.Projections.All.Select(p => p.Projection.Compile(p.Lifecycle, events, documents))];
        InlineDocuments = [.. All.OfType<DocumentProjectionModel>().Where(p => p.Lifecycle is ProjectionLifecycle.Inline)];
        InlineEvents = [.. All.OfType<EventProjectionModel>().Where(p => p.Lifecycle is ProjectionLifecycle.Inline)];
        foreach (var type in All.SelectMany(p => p.EventTypes).Where(t => !t.IsInterface && !t.IsAbstract && t != typeof(object)))
            Register(type);

        if (All.GroupBy(p => p.ShardName).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidOperationException($"Two projections are named {twice.Key}.");
    }

    public IReadOnlyList<ProjectionModel> All { get; }

    /// <summary>The projection of this name: its own, or that of its shard.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public ProjectionModel Named(string name) =>
        All.FirstOrDefault(p => p.Name == name || p.ShardName == name)
        ?? throw new ArgumentException($"No projection is named '{name}'. There are: {string.Join(", ", All.Select(p => p.Name).Order(StringComparer.Ordinal))}.", nameof(name));

    public bool HasInline => InlineDocuments.Count + InlineEvents.Count > 0;

    public IReadOnlyList<DocumentProjectionModel> InlineDocuments { get; }

    public IReadOnlyList<EventProjectionModel> InlineEvents { get; }

    /// <summary>The inline projection whose document is this aggregate, if there is one.</summary>
    public DocumentProjectionModel? InlineOf(Type aggregate) => InlineDocuments.FirstOrDefault(p => p.Document.Type == aggregate);

    /// <summary>What a verification reads of a flat table: its name or a query in parentheses.</summary>
    public string Compared(string table) => comparisons.TryGetValue(table, out var query) ? $"({query})" : table;

    /// <summary>How <paramref name="aggregate"/> is folded: by its registered single-stream projection, else by its own methods.</summary>
    public AggregateModel AggregateOf(Type aggregate) => live.GetOrAdd(aggregate, static (type, graph) =>
    {
        graph.events.RegisterCompacted(type);
        return graph.All.OfType<DocumentProjectionModel>().FirstOrDefault(p => !p.IsMultiStream && p.Document.Type == type)?.Aggregate
            ?? new AggregateModel(type, projection: null, []);
    }, this);

    /// <summary>The aggregate of this alias, of those that projections fold or that were read live. Compared as Marten does.</summary>
    public Type? AggregateNamed(string? alias) => All.OfType<DocumentProjectionModel>().Where(p => !p.IsMultiStream).Select(p => p.Document.Type).Concat(live.Keys)
        .FirstOrDefault(type => string.Equals(MartenNames.Alias(type), alias, StringComparison.OrdinalIgnoreCase));

    private void Register(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Compacted<>))
            events.RegisterCompacted(type.GetGenericArguments()[0]);
        else
            events.For(type);
    }
}
