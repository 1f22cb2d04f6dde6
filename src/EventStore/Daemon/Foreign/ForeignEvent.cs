using EventSourced.EventStore.Daemon.Shards;

namespace EventSourced.EventStore.Daemon.Foreign;

/// <summary>An event that no session of ours appended, so that no inline projection ran for it.</summary>
/// <param name="Version">Its position in its stream.</param>
/// <param name="Alias">Its alias.</param>
/// <param name="Item">The event.</param>
internal sealed record ForeignEvent(long Version, string Alias, PageEvent Item)
{
    public bool Concerns(ProjectionModel projection) =>
        projection.Aliases().Contains(Alias) && (projection.IncludesArchived || Item.Event is not { IsArchived: true });
}
