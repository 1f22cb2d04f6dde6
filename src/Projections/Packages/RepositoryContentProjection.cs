using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Projections.Packages;

/// <summary>
/// Which bytes answer under which path of a repository, for the published version and the two before it. A row holds from <c>since</c> until just before
/// <c>until</c>; index files hold for one version.
/// </summary>
public sealed partial class RepositoryContentProjection : EventProjection
{
    /// <summary>Clients that fetched an index just before a publication still find its files.</summary>
    private const int VersionsServed = 3;

    internal const string Schema = """
        create table if not exists es.repository_versions (
            repository_id int not null, version int not null, published_at timestamptz not null,
            constraint pkey_repository_versions_repository_id_version primary key (repository_id, version));
        create table if not exists es.repository_files (
            repository_id int not null, path text not null, since int not null, until int, sha256 text not null, size_bytes bigint not null,
            constraint pkey_repository_files_repository_id_path_since primary key (repository_id, path, since));
        create index if not exists repository_files_idx_sha256 on es.repository_files (sha256);
        """;

    private const string ReplacePackages = """
        update es.repository_files f set until = ? from unnest(?::text[]) p where f.repository_id = ? and f.path = p and f.until is null
        """;

    private const string Insert = """
        insert into es.repository_files (repository_id, path, since, until, sha256, size_bytes)
        select ?, f.path, ?, ?::int, f.sha256, f.size from unnest(?::text[], ?::text[], ?::bigint[]) f (path, sha256, size) order by f.path
        """;

    private const string Publish = "insert into es.repository_versions (repository_id, version, published_at) values (?, ?, ?)";

    private const string Forget = """
        with kept as (select version from es.repository_versions where repository_id = ? order by version desc limit ?),
        old as (delete from es.repository_versions v where v.repository_id = ? and v.version < (select min(version) from kept))
        delete from es.repository_files f where f.repository_id = ? and f.until <= (select min(version) from kept)
        """;

    public override IReadOnlyList<string> Tables => ["es.repository_versions", "es.repository_files"];

    public static void Project(RepositoryPackagesAdded e, IDocumentOperations operations)
    {
        // Without a digest the bytes are not ours to serve.
        var files = e.Packages.Where(p => p is { Sha256: not null, SizeBytes: not null })
            .Select(p => new RepositoryFile(p.Path, p.Sha256!, p.SizeBytes!.Value)).ToList(); // the line above leaves out null

        operations.QueueSqlCommand(ReplacePackages, e.Revision, files.Select(f => f.Path).ToArray(), e.RepositoryId.Value);
        Add(e.RepositoryId.Value, e.Revision, until: null, files, operations);
    }

    public static void Project(RepositoryPackagesRemoved e, IDocumentOperations operations) =>
        operations.QueueSqlCommand(ReplacePackages, e.Revision, e.Paths.ToArray(), e.RepositoryId.Value);

    public static void Project(IEvent<RepositoryVersionPublished> e, IDocumentOperations operations)
    {
        var repository = e.Data.RepositoryId.Value;
        operations.QueueSqlCommand(Publish, repository, e.Data.Version, e.Timestamp);
        Add(repository, e.Data.Version, until: e.Data.Version + 1, e.Data.Metadata, operations);
        operations.QueueSqlCommand(Forget, repository, VersionsServed, repository, repository);
    }

    private static void Add(int repository, int since, int? until, IReadOnlyList<RepositoryFile> files, IDocumentOperations operations) =>
        operations.QueueSqlCommand(
            Insert, repository, since, until ?? (object)DBNull.Value, files.Select(f => f.Path).ToArray(), files.Select(f => f.Sha256).ToArray(),
            files.Select(f => f.SizeBytes).ToArray());
}

public static class RepositoryContent
{
    private const string Find = """
        select jsonb_build_object('Path', f.path, 'Sha256', f.sha256, 'SizeBytes', f.size_bytes)
        from es.repository_versions v
        join es.repository_files f on f.repository_id = v.repository_id and f.since <= v.version and (f.until is null or f.until > v.version)
        where v.repository_id = ? and f.path = ? order by v.version desc limit 1
        """;

    private const string List = """
        select jsonb_build_object('Path', f.path, 'Sha256', f.sha256, 'SizeBytes', f.size_bytes)
        from es.repository_files f, (select max(version) version from es.repository_versions where repository_id = ?) v
        where f.repository_id = ? and f.since <= v.version and (f.until is null or f.until > v.version) order by f.path
        """;

    /// <summary>What answers under a path: of the published version, else of one of the two before; null when nothing does.</summary>
    public static async Task<RepositoryFile?> ContentAsync(this IQuerySession session, int repository, string path, CancellationToken token) =>
        await session.QueryAsync<RepositoryFile>(Find, token, repository, path) is [var file] ? file : null;

    /// <summary>All files of the published version, by path.</summary>
    public static Task<IReadOnlyList<RepositoryFile>> ContentsAsync(this IQuerySession session, int repository, CancellationToken token) =>
        session.QueryAsync<RepositoryFile>(List, token, repository, repository);
}
