using EventSourced.Projections.Accounts;
using EventSourced.Projections.Audit;
using EventSourced.Projections.Packages;

namespace EventSourced.Projections;

public static class Areas
{
    /// <summary>SQL of schema <c>es</c> by name, in the order in which it is applied: what whoever configures the store has to register beside <see cref="AddAreas"/>.</summary>
    public static IReadOnlyList<(string Name, string Sql)> Scripts => [.. AccountsProjections.Scripts, .. PackagesProjections.Scripts, .. AuditProjections.Scripts];

    /// <summary>Flat tables that a verification compares by a query.</summary>
    public static IReadOnlyList<(string Table, string Query)> Comparisons => PackagesProjections.Comparisons;

    /// <summary>Every area's events and read models: the same for all hosts, since any of them may be the one that makes the schema.</summary>
    public static StoreOptions AddAreas(this StoreOptions options) => options.AddAccounts().AddPackages().AddAudit();
}
