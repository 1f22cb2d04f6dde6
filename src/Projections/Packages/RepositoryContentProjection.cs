using System.Text.RegularExpressions;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Projections.Packages;

/// <summary>
/// Which bytes answer under which path of a repository, for the versions still served: the published one, the two before it, and whatever was published just
/// before. A row holds from <c>since</c> until just before <c>until</c>; index files hold for one version and go with it, packages stay to be gone back to. Packages of which we
/// hold no bytes have rows too, without a size and with the reference: they answer under no path, but they are there.
/// </summary>
public sealed partial class RepositoryContentProjection : EventProjection
{
    /// <summary>Clients that fetched an index just before a publication still find its files.</summary>
    private const int VersionsServed = 3;

    /// <summary>However many versions follow it, a version answers for so long after the next one came: a client in the middle of an update ends it.</summary>
    private static readonly TimeSpan Lingering = TimeSpan.FromMinutes(10);

    internal const string Schema = """
        create table if not exists es.repository_versions (
            repository_id int not null, version int not null, published_at timestamptz not null,
            constraint pkey_repository_versions_repository_id_version primary key (repository_id, version));
        alter table es.repository_versions add column if not exists published_by text, add column if not exists packages int not null default 0,
            add column if not exists added int not null default 0, add column if not exists removed int not null default 0,
            add column if not exists is_served boolean not null default true;
        create index if not exists repository_versions_idx_served on es.repository_versions (repository_id, version) where is_served;
        create table if not exists es.repository_files (
            repository_id int not null, path text not null, since int not null, until int, sha256 text not null, size_bytes bigint not null,
            constraint pkey_repository_files_repository_id_path_since primary key (repository_id, path, since));
        create index if not exists repository_files_idx_sha256 on es.repository_files (sha256);
        alter table es.repository_files add column if not exists is_index boolean not null default false, add column if not exists href text,
            alter column sha256 drop not null, alter column size_bytes drop not null;
        """;

    private const string End = "update es.repository_files f set until = ? from unnest(?::text[]) p where f.repository_id = ? and f.path = p and f.until is null";

    private const string Insert = """
        insert into es.repository_files (repository_id, path, since, until, sha256, size_bytes, href, is_index)
        select ?, f.path, ?, ?::int, f.sha256, f.size, f.href, ? from unnest(?::text[], ?::text[], ?::bigint[], ?::text[]) f (path, sha256, size, href) order by f.path
        """;

    // A package that was replaced is both added and removed.
    private const string Publish = """
        with v as (select ?::int as repository, ?::int as version),
        b as (select coalesce(max(r.version), 0) as version from es.repository_versions r, v where r.repository_id = v.repository and r.version < v.version)
        insert into es.repository_versions (repository_id, version, published_at, published_by, packages, added, removed)
        select v.repository, v.version, ?::timestamptz, ?::text,
            count(f.path) filter (where f.since <= v.version and (f.until is null or f.until > v.version)),
            count(f.path) filter (where f.since > b.version and f.since <= v.version and (f.until is null or f.until > v.version)),
            count(f.path) filter (where f.since <= b.version and f.until > b.version and f.until <= v.version)
        from v cross join b left join es.repository_files f on f.repository_id = v.repository and not f.is_index
        group by v.repository, v.version
        """;

    private const string Forget = """
        with served as (
            select version, row_number() over (order by version desc) as place, lag(published_at) over (order by version desc) as replaced_at
            from es.repository_versions where repository_id = ? and is_served),
        kept as (select min(version) as version from served where place <= ? or replaced_at > ?),
        old as (update es.repository_versions v set is_served = false from kept k where v.repository_id = ? and v.is_served and v.version < k.version)
        delete from es.repository_files f using kept k where f.repository_id = ? and f.is_index and f.until <= k.version
        """;

    public RepositoryContentProjection()
    {
        Options.DeleteDataInTableOnTeardown("es.repository_versions");
        Options.DeleteDataInTableOnTeardown("es.repository_files");
    }

    public static void Project(RepositoryPackagesAdded e, IDocumentOperations operations) => Revise(e.RepositoryId.Value, e.Revision, e.Packages, removed: [], operations);

    public static void Project(RepositoryPackagesRemoved e, IDocumentOperations operations) => Revise(e.RepositoryId.Value, e.Revision, added: [], e.Paths, operations);

    public static void Project(RepositoryRolledBack e, IDocumentOperations operations) => Revise(e.RepositoryId.Value, e.Revision, e.Added, e.Removed, operations);

    public static void Project(ReleasePackagesUndone e, IDocumentOperations operations)
    {
        if (e.Restored is not [] || e.Removed is not [])
            Revise(e.RepositoryId.Value, e.Revision, e.Restored, e.Removed, operations);
    }

    public static void Project(IEvent<RepositoryVersionPublished> e, IDocumentOperations operations)
    {
        var repository = e.Data.RepositoryId.Value;
        operations.QueueSqlCommand(Publish, repository, e.Data.Version, e.Timestamp, e.UserName ?? (object)DBNull.Value);
        Add(repository, e.Data.Version, until: e.Data.Version + 1, [.. e.Data.Metadata.Select(f => new Row(f.Path, f.Sha256, f.SizeBytes))], isIndex: true, operations);
        operations.QueueSqlCommand(Forget, repository, VersionsServed, e.Timestamp - Lingering, repository, repository);
    }

    private static void Revise(
        int repository, int revision, IReadOnlyList<RepositoryPackage> added, IReadOnlyList<string> removed, IDocumentOperations operations)
    {
        operations.QueueSqlCommand(End, revision, removed.Concat(added.Select(p => p.Path)).Order(StringComparer.Ordinal).ToArray(), repository);

        Add(
            repository, revision, until: null,
            [.. added.Select(p => p.IsStored ? new Row(p.Path, p.Sha256, p.SizeBytes) : new Row(p.Path, p.Sha256, SizeBytes: null, p.Href))], isIndex: false, operations);
    }

    private static void Add(int repository, int since, int? until, IReadOnlyList<Row> rows, bool isIndex, IDocumentOperations operations) =>
        operations.QueueSqlCommand(
            Insert, repository, since, until ?? (object)DBNull.Value, isIndex, rows.Select(r => r.Path).ToArray(), rows.Select(r => r.Sha256).ToArray(),
            rows.Select(r => r.SizeBytes).ToArray(), rows.Select(r => r.Href).ToArray());

    private sealed record Row(string Path, string? Sha256, long? SizeBytes, string? Href = null);
}

public static partial class RepositoryContent
{
    private const string Find = """
        select jsonb_build_object('Path', f.path, 'Sha256', f.sha256, 'SizeBytes', f.size_bytes)
        from es.repository_versions v
        join es.repository_files f on f.repository_id = v.repository_id and f.since <= v.version and (f.until is null or f.until > v.version)
        where v.repository_id = ? and v.is_served and f.path = ? and f.size_bytes is not null order by v.version desc limit 1
        """;

    // Beside a .dsc lie the files that it names, which have digests of their own.
    private const string FindIndexed = """
        select jsonb_build_object('Path', f.path, 'Sha256', f.sha256, 'SizeBytes', f.size_bytes)
        from es.repository_versions v
        join es.repository_files n on n.repository_id = v.repository_id and n.since <= v.version and (n.until is null or n.until > v.version)
        join es.repository_files f on f.repository_id = v.repository_id and f.since <= v.version and (f.until is null or f.until > v.version)
        where v.repository_id = ? and v.is_served and n.sha256 = ? and starts_with(n.path, ?) and f.path = ? and f.size_bytes is not null
        order by v.version desc limit 1
        """;

    private const string List = """
        select jsonb_build_object('Path', f.path, 'Sha256', f.sha256, 'SizeBytes', f.size_bytes)
        from es.repository_files f, (select max(version) version from es.repository_versions where repository_id = ?) v
        where f.repository_id = ? and f.since <= v.version and (f.until is null or f.until > v.version) and f.size_bytes is not null order by f.path
        """;

    private const string Index = """
        select jsonb_build_object('Path', f.path, 'Sha256', f.sha256, 'SizeBytes', f.size_bytes)
        from es.repository_files f
        where f.repository_id = ? and f.is_index and f.since = (select max(version) from es.repository_versions where repository_id = ?) order by f.path
        """;

    private const string Versions = """
        select jsonb_build_object('Version', version, 'PublishedAt', published_at, 'PublishedBy', published_by, 'Packages', packages, 'Added', added, 'Removed', removed)
        from es.repository_versions where repository_id = ? and version < ? order by version desc limit ?
        """;

    /// <summary>What answers under a path: of the published version, else of the last one before that is still served; null when nothing does.</summary>
    public static async Task<RepositoryFile?> ContentAsync(this IQuerySession session, int repository, string path, CancellationToken token)
    {
        var found = IndexedPath().Match(path) is { Success: true, Groups: var part } && $"{part["folder"]}" is var folder
            ? await session.QueryAsync<RepositoryFile>(FindIndexed, token, repository, part["digest"].Value, folder, folder + part["file"])
            : await session.QueryAsync<RepositoryFile>(Find, token, repository, path);
        return found is [var file] ? file : null;
    }

    /// <summary>All files of the published version, by path.</summary>
    public static Task<IReadOnlyList<RepositoryFile>> ContentsAsync(this IQuerySession session, int repository, CancellationToken token) =>
        session.QueryAsync<RepositoryFile>(List, token, repository, repository);

    /// <summary>The index files of the published version, by path.</summary>
    public static Task<IReadOnlyList<RepositoryFile>> IndexAsync(this IQuerySession session, int repository, CancellationToken token) =>
        session.QueryAsync<RepositoryFile>(Index, token, repository, repository);

    /// <summary>A package's path in an index: in its folder, in one named by its digest.</summary>
    [GeneratedRegex(@"\A(?<folder>Packages/[^/]+/)(?<digest>[0-9a-f]{64})/(?<file>[^/]+)\z")]
    private static partial Regex IndexedPath();

    /// <summary>Versions below <paramref name="before"/>, the last first.</summary>
    public static Task<IReadOnlyList<RepositoryVersion>> VersionsAsync(this IQuerySession session, int repository, int before, int limit, CancellationToken token) =>
        session.QueryAsync<RepositoryVersion>(Versions, token, repository, before, limit);
}

/// <param name="Version">The revision that was published.</param>
/// <param name="PublishedAt">When clients began to see it.</param>
/// <param name="PublishedBy">Principal key of who caused it.</param>
/// <param name="Packages">How many it has.</param>
/// <param name="Added">Those the version before did not have; one that was replaced is added and removed.</param>
/// <param name="Removed">Those of the version before that are gone.</param>
public sealed record RepositoryVersion(int Version, DateTimeOffset PublishedAt, string? PublishedBy, int Packages, int Added, int Removed);
