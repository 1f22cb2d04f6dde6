using System.Text;

namespace EventSourced.Projections.Packages;

/// <summary>What a list of builds is asked for; null is "any", the rest is combined by "and".</summary>
public sealed record BuildListFilter
{
    public int? OwnerId { get; init; }

    /// <summary>Some package's URL contains this behind a slash.</summary>
    public string? Project { get; init; }

    /// <summary>Some package's URL or Git reference contains this.</summary>
    public string? Ref { get; init; }

    public int? PlatformId { get; init; }
    public string? Arch { get; init; }
    public bool? IsRunning { get; init; }
    public bool? IsReleased { get; init; }
    public bool? IsSigned { get; init; }

    /// <summary>One package of the build has all of these.</summary>
    public PackageFilter? Package { get; init; }
}

/// <summary>Exact values of one package; null is "any".</summary>
public sealed record PackageFilter(string? Name, string? Epoch, string? Version, string? Release, string? Arch);

/// <summary>Ids of one page of builds, newest first, and how many match on all pages.</summary>
public sealed record BuildListPage(IReadOnlyList<int> BuildIds, int Total);

public static class BuildList
{
    /// <summary>One page of matching builds.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="filter">Which.</param>
    /// <param name="skip">How many newer ones to leave out.</param>
    /// <param name="take">How many at most; null is all.</param>
    /// <param name="token">Cancels.</param>
    public static async Task<BuildListPage> BuildsAsync(this IQuerySession session, BuildListFilter filter, int skip, int? take, CancellationToken token)
    {
        var (where, values) = Where(filter, filter.IsRunning is true ? "b.finished_at is null" : "b.finished_at is not null");
        var (whereCounted, counted) = Where(filter, filter.IsRunning is true ? "b.is_running" : "not b.is_running");
        var total = filter switch
        {
            { Package: not null } or { IsReleased: not null } or { IsSigned: not null } => $"select count(*) from es.build_list b {where}",
            { Project: not null } or { Ref: not null } => $"select coalesce(sum(b.n), 0) from {BuildCounts.OfSources} b {whereCounted}",
            _ => $"select coalesce(sum(b.n), 0) from {BuildCounts.Plain} b {whereCounted}",
        };

        // One statement, so the page and the total are of one moment. A page beyond the end has no row of its own to carry the total.
        var sql = $"""
            with page as materialized (select b.build_id from es.build_list b {where} order by b.build_id desc offset ? limit ?)
            select jsonb_build_object('BuildIds', coalesce((select jsonb_agg(p.build_id order by p.build_id desc) from page p), '[]'), 'Total', ({total}))
            """;

        object limit = take is { } some ? (long)some : DBNull.Value;
        return (await session.QueryAsync<BuildListPage>(sql, token, [.. values, (long)skip, limit, .. filter is { Package: null, IsReleased: null, IsSigned: null } ? counted : values]))[0];
    }

    /// <summary>The conditions on a table <c>b</c> of builds or of their counts.</summary>
    private static (string Sql, IReadOnlyList<object> Values) Where(BuildListFilter filter, string running)
    {
        var where = new StringBuilder();
        var values = new List<object>();
        foreach (var (condition, parameters) in Conditions(filter, running))
        {
            where.Append(where.Length is 0 ? "where " : " and ").Append(condition);
            values.AddRange(parameters);
        }

        return (where.ToString(), values);
    }

    private static IEnumerable<(string Sql, object[] Values)> Conditions(BuildListFilter filter, string running)
    {
        if (filter.OwnerId is { } owner)
            yield return ("b.owner_id = ?", [owner]);

        if (filter.Project is { } project)
            yield return ("b.urls like ?", [$"%/{Escaped(project)}%"]);

        if (filter.Ref is { } reference)
            yield return ("(b.urls like ? or b.git_refs like ?)", [$"%{Escaped(reference)}%", $"%{Escaped(reference)}%"]);

        if (filter.PlatformId is not null || filter.Arch is not null)
            yield return KindCondition(filter);

        if (filter.IsRunning is not null)
            yield return (running, []);

        if (filter.IsReleased is { } released)
            yield return (released ? "b.released" : "not b.released", []);

        if (filter.IsSigned is { } signed)
            yield return (signed ? "b.signed" : "not b.signed", []);

        if (filter.Package is { } package)
            yield return PackageCondition(package);
    }

    // An array, because a join would read all builds.
    private static (string Sql, object[] Values) KindCondition(BuildListFilter filter) => (
        "b.kind = any(array(select k.kind from es.build_kinds k where k.platform_ids @> ? and k.arches @> ?))",
        [filter.PlatformId is { } platform ? new[] { platform } : Array.Empty<int>(), filter.Arch is { } arch ? new[] { arch } : Array.Empty<string>()]);

    private static (string Sql, object[] Values) PackageCondition(PackageFilter package)
    {
        (string Column, string? Value)[] all =
            [("package", package.Name), ("epoch", package.Epoch), ("version", package.Version), ("release", package.Release), ("arch", package.Arch)];

        var given = all.Where(c => c.Value is not null).ToList();
        var conditions = string.Concat(given.Select(c => $" and a.{c.Column} = ?"));
        return ($"b.build_id in (select a.build_id from es.artifacts a where a.package is not null{conditions})", [.. given.Select(c => c.Value!)]); // filtered above
    }

    private static string Escaped(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);
}
