using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Projections.Packages;

/// <summary>
/// One row a build with what the list of builds filters by; see <see cref="BuildList"/>. What few builds differ in (platforms and arches) is a row of its own. A page
/// says how many builds match in all, which <see cref="BuildCounts"/> knows.
/// </summary>
public sealed partial class BuildListProjection : EventProjection
{
    // Substrings of URLs need trigrams to be fast where few builds match; where the extension is not installed the filter reads all rows.
    internal const string Schema = """
        create table if not exists es.build_kinds (
            kind bigint not null, platform_ids int[] not null, arches text[] not null, constraint pkey_build_kinds_kind primary key (kind));
        create table if not exists es.build_list (
            build_id int not null, owner_id int not null, created_at timestamptz not null, kind bigint not null, urls text not null, git_refs text not null,
            finished_at timestamptz, signed boolean not null default false, constraint pkey_build_list_build_id primary key (build_id));
        alter table es.build_list add column if not exists signed boolean not null default false;
        create index if not exists build_list_idx_owner_id on es.build_list (owner_id, build_id);
        create index if not exists build_list_idx_kind on es.build_list (kind, build_id);
        create index if not exists build_list_idx_running on es.build_list (build_id) where finished_at is null;
        alter table es.build_list add column if not exists released boolean not null default false;
        create index if not exists build_list_idx_released on es.build_list (build_id) where released;
        create index if not exists build_list_idx_signed on es.build_list (build_id) where signed;
        do $$
        declare
            trigrams text;
        begin
            begin
                if exists (select from pg_available_extensions where name = 'pg_trgm') then
                    create extension if not exists pg_trgm with schema es;
                end if;
            exception when insufficient_privilege or undefined_file or feature_not_supported then
                raise notice 'pg_trgm cannot be installed: %', sqlerrm;
            end;

            -- Somebody may have put it elsewhere.
            select format('%I.gin_trgm_ops', n.nspname) into trigrams from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
            if trigrams is not null then
                execute format('create index if not exists build_list_idx_urls on es.build_list using gin (urls %s)', trigrams);
                execute format('create index if not exists build_list_idx_git_refs on es.build_list using gin (git_refs %s)', trigrams);
            end if;
        end $$;
        """;

    private const string Insert = $"""
        with k as (insert into es.build_kinds (kind, platform_ids, arches) values (?, ?, ?) on conflict do nothing),
        b as (
            insert into es.build_list (build_id, owner_id, created_at, kind, urls, git_refs) values (?, ?, ?, ?, ?, ?)
            returning owner_id, kind, urls, git_refs),
        d (is_running, n) as (values (true, 1)),
        {BuildCounts.Change}
        """;

    private const string Finish = $"""
        with b as (update es.build_list set finished_at = ? where build_id = ? and finished_at is null returning owner_id, kind, urls, git_refs),
        d (is_running, n) as (values (true, -1), (false, 1)),
        {BuildCounts.Change}
        """;

    private const string Release = "update es.build_list set released = ? where build_id = ?";

    private const string Sign = "update es.build_list set signed = ? where build_id = ?";

    public BuildListProjection()
    {
        Options.DeleteDataInTableOnTeardown("es.build_kinds");
        Options.DeleteDataInTableOnTeardown("es.build_list");
        Options.DeleteDataInTableOnTeardown(BuildCounts.Plain);
        Options.DeleteDataInTableOnTeardown(BuildCounts.OfSources);
    }

    public static void Project(IEvent<BuildRequested> e, IDocumentOperations operations)
    {
        int[] platforms = [.. e.Data.Platforms.Select(p => p.PlatformId.Value).Distinct().Order()];
        string[] arches = [.. e.Data.Tasks.Select(t => t.Arch).Distinct().Order(StringComparer.Ordinal)];
        var kind = KindOf(platforms, arches);
        operations.QueueSqlCommand(
            Insert, kind, platforms, arches,
            e.Data.BuildId.Value, e.Data.OwnerId, e.Timestamp, kind, Lines(e.Data.Refs.Select(r => r.Url)), Lines(e.Data.Refs.Select(r => r.GitRef)));
    }

    public static void Project(IEvent<BuildFinished> e, IDocumentOperations operations) =>
        operations.QueueSqlCommand(Finish, e.Timestamp, e.Data.BuildId.Value);

    public static void Project(BuildReleased e, IDocumentOperations operations) => operations.QueueSqlCommand(Release, true, e.BuildId.Value);

    public static void Project(BuildReleaseFailed e, IDocumentOperations operations) => operations.QueueSqlCommand(Release, false, e.BuildId.Value);

    public static void Project(BuildReleaseReverted e, IDocumentOperations operations) =>
        operations.QueueSqlCommand(Release, e.StillOut is not null, e.BuildId.Value);

    public static void Project(BuildSigned e, IDocumentOperations operations) => operations.QueueSqlCommand(Sign, true, e.BuildId.Value);

    public static void Project(BuildSignatureOutdated e, IDocumentOperations operations) => operations.QueueSqlCommand(Sign, false, e.BuildId.Value);

    /// <summary>The same for the same platforms and arches, also in a rebuild.</summary>
    private static long KindOf(int[] platforms, string[] arches) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{string.Join(',', platforms)}\n{string.Join('\n', arches)}")));

    private static string Lines(IEnumerable<string?> texts) => string.Join('\n', texts.OfType<string>().Distinct());
}
