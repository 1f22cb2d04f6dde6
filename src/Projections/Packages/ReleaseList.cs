using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Projections.Packages;

/// <summary>What a list of releases is asked for; null is "any", the rest is combined by "and".</summary>
/// <param name="IsOfBuiltInProduct">True for releases of the built-in product, which those in the documented form belong to; false for no release at all yet.</param>
/// <param name="PlatformId">What they release to.</param>
/// <param name="Status">Where they stand.</param>
/// <param name="PackageName">The name of some package of the plan begins with it.</param>
public sealed record ReleaseListFilter(bool? IsOfBuiltInProduct = null, int? PlatformId = null, ReleaseStatus? Status = null, string? PackageName = null);

/// <summary>One page, newest first, and how many match on all pages.</summary>
public sealed record ReleaseListPage(IReadOnlyList<ReleaseDetails> Releases, int Total);

public static class ReleaseList
{
    private const string Found = """
        from mt_doc_releasedetails r
        where r.data ->> 'Status' <> 'Deleted' and coalesce(?::boolean, true) and (?::int is null or r.platform_id = ?) and (?::text is null or r.data ->> 'Status' = ?)
            and (?::text is null or exists (select from jsonb_array_elements_text(r.data -> 'Packages') p where starts_with(p, ?)))
        """;

    // One statement, so that the page and the total are of one moment.
    private const string Select = $"""
        with page as materialized (select r.data, r.number {Found} order by r.number desc offset ? limit ?)
        select jsonb_build_object('Releases', coalesce((select jsonb_agg(p.data order by p.number desc) from page p), '[]'), 'Total', (select count(*) {Found}))
        """;

    /// <summary>One page of matching releases; those that were deleted are none.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="filter">Which.</param>
    /// <param name="skip">How many newer ones to leave out.</param>
    /// <param name="take">How many at most; null is all.</param>
    /// <param name="token">Cancels.</param>
    public static async Task<ReleaseListPage> ReleasesAsync(this IQuerySession session, ReleaseListFilter filter, int skip, int? take, CancellationToken token)
    {
        object[] values =
        [
            Or(filter.IsOfBuiltInProduct), Or(filter.PlatformId), Or(filter.PlatformId), Or(filter.Status?.ToString()), Or(filter.Status?.ToString()),
            Or(filter.PackageName), Or(filter.PackageName),
        ];
        return (await session.QueryAsync<ReleaseListPage>(Select, token, [.. values, (long)skip, take is { } some ? (long)some : DBNull.Value, .. values]))[0];
    }

    private static object Or(object? value) => value ?? DBNull.Value;
}
