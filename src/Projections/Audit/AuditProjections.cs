namespace EventSourced.Projections.Audit;

public static class AuditProjections
{
    /// <summary>What auditors search the event log by.</summary>
    public static StoreOptions AddAudit(this StoreOptions options)
    {
        options.Schema.Script("audit", EventIndex.Sql);
        options.Projections.Add<EventIndex>(ProjectionLifecycle.Async);
        return options;
    }
}
