namespace EventSourced.Projections.Packages;

/// <summary>
/// How many builds there are of each kind, so that a page's total costs no look at all of them. Every change of a build inserts rows and updates none, so nobody
/// waits for another's commit, and a sum is exact in every snapshot. <see cref="AddUpBuildCountsAsync"/> makes few rows of many.
/// </summary>
public static class BuildCounts
{
    /// <summary>Counts by what few builds differ in; and by their sources too, which are many.</summary>
    internal const string Plain = "es.build_counts", OfSources = "es.build_source_counts";

    // Where a list was kept before it was counted, what it holds is counted once.
    internal const string Schema = $"""
        do $$
        begin
            if to_regclass('{Plain}') is null then
                create table {Plain} (owner_id int not null, kind bigint not null, is_running boolean not null, n int not null);
                create table {OfSources} (
                    owner_id int not null, kind bigint not null, is_running boolean not null, n int not null, urls text not null, git_refs text not null);
                insert into {Plain} (owner_id, kind, is_running, n)
                select owner_id, kind, finished_at is null, count(*) from es.build_list group by 1, 2, 3;
                insert into {OfSources} (owner_id, kind, is_running, n, urls, git_refs)
                select owner_id, kind, finished_at is null, count(*), urls, git_refs from es.build_list group by 1, 2, 3, 5, 6;
            end if;
        end $$;
        """;

    private const string Cell = "owner_id, kind, is_running", SourceCell = $"{Cell}, urls, git_refs";

    /// <summary>For a statement in which <c>b</c> has the rows of builds, and <c>d</c> what they count for from now on.</summary>
    internal const string Change = $"""
        c as (insert into {Plain} (owner_id, kind, is_running, n) select b.owner_id, b.kind, d.is_running, d.n from b cross join d)
        insert into {OfSources} (owner_id, kind, is_running, n, urls, git_refs) select b.owner_id, b.kind, d.is_running, d.n, b.urls, b.git_refs from b cross join d
        """;

    /// <summary>What a verification compares: the sums, in however many rows they stand.</summary>
    internal const string PlainSums = $"select {Cell}, sum(n) from {Plain} group by {Cell} having sum(n) <> 0";

    internal const string SourceSums = $"select {SourceCell}, sum(n) from {OfSources} group by {SourceCell} having sum(n) <> 0";

    private const string AddUpPlain = $"""
        with many as (select {Cell} from {Plain} group by {Cell} having count(*) > 1 or sum(n) = 0),
        d as (delete from {Plain} c using many m where (c.owner_id, c.kind, c.is_running) = (m.owner_id, m.kind, m.is_running) returning c.*)
        insert into {Plain} ({Cell}, n) select {Cell}, sum(n) from d group by {Cell} having sum(n) <> 0
        """;

    private const string AddUpSources = $"""
        with many as (select {SourceCell} from {OfSources} group by {SourceCell} having count(*) > 1 or sum(n) = 0),
        d as (
            delete from {OfSources} c using many m
            where (c.owner_id, c.kind, c.is_running, c.urls, c.git_refs) = (m.owner_id, m.kind, m.is_running, m.urls, m.git_refs) returning c.*)
        insert into {OfSources} ({SourceCell}, n) select {SourceCell}, sum(n) from d group by {SourceCell} having sum(n) <> 0
        """;

    /// <summary>
    /// Makes one row of all rows that count the same. The sums stay as they are in every snapshot: what is inserted is the sum of what this statement deleted
    /// itself, so several may do it at once, and changes go on meanwhile.
    /// </summary>
    public static async Task AddUpBuildCountsAsync(this IDocumentSession session, CancellationToken token)
    {
        session.QueueSqlCommand(AddUpPlain);
        session.QueueSqlCommand(AddUpSources);
        await session.SaveChangesAsync(token);
    }
}
