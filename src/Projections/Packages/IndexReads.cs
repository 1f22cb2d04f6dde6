using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Projections.Packages;

/// <summary>
/// An index with a fixed name and its signature are two requests, between which a version may be published: whoever read the index gets the signature of the version that was
/// read. Not a projection: reads are no events. Clients fall into slots by a hash, so that rows are bounded; of several in one slot the newest version that was read counts, so
/// that nobody gets an older signature than what that client read.
/// </summary>
public static class IndexReads
{
    internal const string Schema = """
        create unlogged table if not exists es.index_reads (
            repository_id int not null, slot int not null, version int not null, read_at timestamptz not null,
            constraint pkey_index_reads_repository_id_slot primary key (repository_id, slot));
        """;

    private const string Read = """
        with found as (
            select v.version, f.path, f.sha256, f.size_bytes
            from es.repository_versions v
            join es.repository_files f on f.repository_id = v.repository_id and f.since <= v.version and (f.until is null or f.until > v.version)
            where v.repository_id = ? and v.is_served and f.path = ? order by v.version desc limit 1),
        noted as (
            insert into es.index_reads as r (repository_id, slot, version, read_at) select ?, hashtext(?) & 4095, coalesce((select version from found), 0), now()
            on conflict (repository_id, slot) do update set version = greatest(r.version, excluded.version), read_at = excluded.read_at)
        select jsonb_build_object('Path', path, 'Sha256', sha256, 'SizeBytes', size_bytes) from found
        """;

    private const string Signature = """
        select jsonb_build_object('Path', f.path, 'Sha256', f.sha256, 'SizeBytes', f.size_bytes)
        from es.repository_versions v
        join es.repository_files f on f.repository_id = v.repository_id and f.since <= v.version and (f.until is null or f.until > v.version)
        where v.repository_id = ? and v.is_served and f.path = ? and v.version <= coalesce((
            select r.version from es.index_reads r where r.repository_id = ? and r.slot = hashtext(?) & 4095 and r.read_at > now() - interval '1 minute'), v.version)
        order by v.version desc limit 1
        """;

    /// <summary>The index of the published version, which this client has then read; null where it read that nothing is published, which no later version's signature fits.</summary>
    public static async Task<RepositoryFile?> ReadIndexAsync(this IQuerySession session, int repository, string path, string client, CancellationToken token) =>
        await session.QueryAsync<RepositoryFile>(Read, token, repository, path, repository, client) is [var file] ? file : null;

    /// <summary>The signature of the index that this client read within the last minute, else of the published one.</summary>
    public static async Task<RepositoryFile?> SignatureOfReadIndexAsync(
        this IQuerySession session, int repository, string path, string client, CancellationToken token) =>
        await session.QueryAsync<RepositoryFile>(Signature, token, repository, path, repository, client) is [var file] ? file : null;
}
