using System.Globalization;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>The packages that the log says builds have.</summary>
internal static class BuiltPackages
{
    // Of an rpm, what was signed takes the place of what was built; of a Debian package only a text that names it is signed.
    private const string OfBuilds =
        """
        select d.data ->> 'BuildId', 'Packages/' || left(u ->> 'Name', 1) || '/' || (u ->> 'Name'), coalesce(s.digest, u ->> 'Sha256')
        from mt_events d cross join jsonb_array_elements(d.data -> 'Artifacts') u left join lateral (
            select a ->> 'Sha256' as digest from mt_events e, jsonb_array_elements(e.data -> 'Artifacts') a
            where e.stream_id = d.stream_id and e.type = 'build_artifacts_signed' and a ->> 'Id' = u ->> 'Id') s on true
        where d.type = 'build_task_succeeded' and u ->> 'Name' ~ '\.(deb|rpm)$'
        """;

    /// <returns>By build, digests by path, which is the same in every repository.</returns>
    public static async Task<IReadOnlyDictionary<int, Dictionary<string, string>>> ReadAsync(Database database, CancellationToken token) =>
        (await database.ListAsync(OfBuilds, token)).Select(line => line.Split(' ')).GroupBy(p => int.Parse(p[0], CultureInfo.InvariantCulture))
            .ToDictionary(build => build.Key, build => build.ToDictionary(p => p[1], p => p[2], StringComparer.Ordinal));

    public static bool IsSource(string path) => path.EndsWith(".src.rpm", StringComparison.Ordinal);
}
