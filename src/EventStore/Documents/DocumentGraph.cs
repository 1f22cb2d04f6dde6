using System.Collections.Concurrent;

namespace EventSourced.EventStore.Documents;

/// <summary>All document types: those of projections, and those declared by <see cref="SchemaOptions.For{T}"/>.</summary>
internal sealed class DocumentGraph
{
    private readonly StoreOptions options;
    private readonly ConcurrentDictionary<Type, DocumentMapping> mappings = new();

    public DocumentGraph(StoreOptions options) => this.options = options;

    public IEnumerable<DocumentMapping> All => mappings.Values.OrderBy(m => m.Table, StringComparer.Ordinal);

    /// <summary>Called once every projection has taken its documents: the rest are ordinary ones.</summary>
    public void AddOrdinary()
    {
        foreach (var (type, schema) in options.Schema.Documents)
            mappings.GetOrAdd(type, t => new DocumentMapping(t, schema, projectionVersion: null, options.SerializerOptions));
    }

    public DocumentMapping Projected<TDoc, TId>(ProjectionBase projection) where TDoc : class where TId : notnull
    {
        if (typeof(TId) != typeof(string))
            throw new InvalidOperationException($"{projection.GetType().Name}: documents have string ids.");

        var mapping = new DocumentMapping(typeof(TDoc), options.Schema.Documents.GetValueOrDefault(typeof(TDoc)), projection.Version, options.SerializerOptions);
        return mappings.TryAdd(typeof(TDoc), mapping)
            ? mapping
            : throw new InvalidOperationException($"Two projections write {typeof(TDoc).Name}.");
    }

    /// <exception cref="InvalidOperationException">The type has no table.</exception>
    public DocumentMapping For(Type type) => mappings.TryGetValue(type, out var mapping)
        ? mapping
        : throw new InvalidOperationException($"{type.Name} is no document of this store; declare it by Schema.For<{type.Name}>() or a projection.");

    public DocumentMapping? Find(Type type) => mappings.GetValueOrDefault(type);
}
