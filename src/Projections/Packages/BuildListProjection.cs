using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Projections.Packages;

/// <summary>One row a build with what the list of builds filters by; see <see cref="BuildList"/>.</summary>
public sealed partial class BuildListProjection : EventProjection
{
    // Substrings of URLs need trigrams to stay fast; where the extension is not installed the filter reads all rows.
    internal const string Schema = """
        create table if not exists es.builds (
            build_id int not null, owner_id int not null, created_at timestamptz not null, finished_at timestamptz, platform_ids int[] not null,
            arches text[] not null, urls text not null, git_refs text not null, constraint pkey_builds_build_id primary key (build_id));
        create index if not exists builds_idx_owner_id on es.builds (owner_id, build_id);
        create index if not exists builds_idx_running on es.builds (build_id) where finished_at is null;
        create index if not exists builds_idx_platform_ids on es.builds using gin (platform_ids);
        create index if not exists builds_idx_arches on es.builds using gin (arches);
        do $$
        begin
            if exists (select from pg_available_extensions where name = 'pg_trgm') then
                create extension if not exists pg_trgm with schema es;
                execute 'create index if not exists builds_idx_urls on es.builds using gin (urls es.gin_trgm_ops)';
                execute 'create index if not exists builds_idx_git_refs on es.builds using gin (git_refs es.gin_trgm_ops)';
            end if;
        end $$;
        """;

    private const string Insert = """
        insert into es.builds (build_id, owner_id, created_at, platform_ids, arches, urls, git_refs) values (?, ?, ?, ?, ?, ?, ?)
        """;

    private const string Finish = "update es.builds set finished_at = ? where build_id = ?";

    public override IReadOnlyList<string> Tables => ["es.builds"];

    public static void Project(IEvent<BuildRequested> e, IDocumentOperations operations) => operations.QueueSqlCommand(
        Insert, e.Data.BuildId.Value, e.Data.OwnerId, e.Timestamp, e.Data.Platforms.Select(p => p.PlatformId.Value).ToArray(),
        e.Data.Tasks.Select(t => t.Arch).Distinct().ToArray(), Lines(e.Data.Refs.Select(r => r.Url)), Lines(e.Data.Refs.Select(r => r.GitRef)));

    public static void Project(IEvent<BuildFinished> e, IDocumentOperations operations) =>
        operations.QueueSqlCommand(Finish, e.Timestamp, e.Data.BuildId.Value);

    private static string Lines(IEnumerable<string?> texts) => string.Join('\n', texts.OfType<string>().Distinct());
}
