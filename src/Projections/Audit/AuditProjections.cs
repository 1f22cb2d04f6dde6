namespace EventSourced.Projections.Audit;

public static class AuditProjections
{
    /// <summary>What auditors search the event log by, and what they did themselves.</summary>
    public static StoreOptions AddAudit(this StoreOptions options)
    {
        options.Events.AddEventTypes(EventTypes.In("EventSourced.Domain.Audit"));
        options.Schema.Script("audit", EventIndex.Sql);
        options.Projections.Add<EventIndex>(ProjectionLifecycle.Async);
        return options;
    }
}
