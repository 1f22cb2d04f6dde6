namespace EventSourced.EventStore.Daemon.Shards;

internal static class PageProjectors
{
    /// <summary>The projector of a projection that writes to its live tables.</summary>
    public static IPageProjector Live(ProjectionModel projection, DocumentStore store) => projection switch
    {
        DocumentProjectionModel documents => new DocumentProjector(documents, documents.Document.Sql, documents.Archives),
        EventProjectionModel events => new EventProjector(events, store),
        _ => throw new InvalidOperationException($"No projector for {projection.GetType().Name}."),
    };
}
