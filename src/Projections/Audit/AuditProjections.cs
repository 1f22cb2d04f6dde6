namespace EventSourced.Projections.Audit;

public static class AuditProjections
{
    /// <summary>Its table, as SQL of schema <c>es</c> by name.</summary>
    public static IReadOnlyList<(string Name, string Sql)> Scripts => [("audit", EventIndex.Sql)];

    /// <summary>What auditors search the event log by, and what they did themselves.</summary>
    public static StoreOptions AddAudit(this StoreOptions options)
    {
        options.Events.AddEventTypes(EventTypes.In("EventSourced.Domain.Audit"));
        options.Projections.Add<EventIndex>(ProjectionLifecycle.Async);
        return options;
    }
}
