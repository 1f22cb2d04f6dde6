namespace EventSourced.EventStore;

/// <summary>What a session appends, one entry a stream in the order first named.</summary>
internal sealed class UnitOfWork(IEnumerable<StreamAppend> appends) : IUnitOfWork
{
    private readonly StreamAppend[] appends = [.. appends.Where(a => a.Events.Count > 0)];

    public IReadOnlyList<StreamAction> Streams() => [.. appends.Select(a => a.Action())];
}
