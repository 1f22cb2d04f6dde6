using EventSourced.Projections.Accounts;
using EventSourced.Projections.Audit;
using EventSourced.Projections.Packages;

namespace EventSourced.Projections;

public static class Areas
{
    /// <summary>Every area's events, read models and tables: the same for all hosts, since any of them may be the one that makes the schema.</summary>
    public static StoreOptions AddAreas(this StoreOptions options) => options.AddAccounts().AddPackages().AddAudit();
}
