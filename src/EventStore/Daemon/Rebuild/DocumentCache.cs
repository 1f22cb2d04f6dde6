using EventSourced.EventStore.Daemon.Shards;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>
/// The documents a build works on, bounded: two generations, of which the older is written out when the younger is full. What is touched moves to the younger.
/// </summary>
internal sealed class DocumentCache(int atMost)
{
    private Dictionary<string, FoldedDocument> young = new(StringComparer.Ordinal);
    private Dictionary<string, FoldedDocument> old = new(StringComparer.Ordinal);

    public bool IsFull => young.Count >= atMost / 2;

    public FoldedDocument? Find(string id)
    {
        if (young.TryGetValue(id, out var document))
            return document;

        if (old.Remove(id, out document))
            young.Add(id, document);

        return document;
    }

    public void Add(FoldedDocument document) => young.Add(document.Id, document);

    /// <summary>Begins a new generation.</summary>
    /// <returns>What has to be written out.</returns>
    public IReadOnlyCollection<FoldedDocument> Age()
    {
        var evicted = old.Values;
        (old, young) = (young, new(StringComparer.Ordinal));
        return evicted;
    }
}
