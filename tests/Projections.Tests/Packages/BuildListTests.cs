using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class BuildListTests : IAsyncLifetime
{
    private const string Available = "exists (select from pg_available_extensions where name = 'pg_trgm')";

    private readonly PackagesDatabase packages = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await packages.InitializeAsync();
        await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("rpms/tree", "d9"));
        await packages.RequestAsync(BuildForm.Documented, [Debian("arm64")], Source("rpms/bash", "tree-ish"), Source("apps/50%_off"));
        await packages.RequestAsync(BuildForm.Current, [Debian("amd64") with { PlatformId = new PlatformId(9) }], Source("apps/treehouse"));
    }

    public ValueTask DisposeAsync() => packages.DisposeAsync();

    [Fact]
    public async Task All_builds_are_listed_newest_first() => Assert.Equal([3, 2, 1], (await ListAsync(new())).BuildIds);

    [Fact]
    public async Task A_page_knows_the_total()
    {
        var (second, beyond) = (await ListAsync(new(), skip: 1, take: 1), await ListAsync(new(), skip: 30, take: 10));

        Assert.Equal([2], second.BuildIds);
        Assert.Empty(beyond.BuildIds);
        Assert.Equal((3, 3), (second.Total, beyond.Total));
    }

    [Theory]
    [InlineData("tree", "1,3")]
    [InlineData("bash", "2")]
    [InlineData("rpms/b", "2")]
    [InlineData("house", "")]
    [InlineData("50%_", "2")]
    [InlineData("50xx", "")]
    public async Task A_project_is_part_of_a_url_behind_a_slash(string project, string expected) => await ExpectAsync(new() { Project = project }, expected);

    [Theory]
    [InlineData("tree", "1,2,3")]
    [InlineData("d9", "1")]
    [InlineData("house", "3")]
    [InlineData("Tree", "")]
    public async Task A_ref_is_part_of_a_url_or_git_reference(string reference, string expected) => await ExpectAsync(new() { Ref = reference }, expected);

    [Fact]
    public async Task Other_filters_match_what_they_name()
    {
        await ExpectAsync(new() { PlatformId = 9 }, "3");
        await ExpectAsync(new() { Arch = "arm64" }, "2");
        await ExpectAsync(new() { Arch = "src" }, "3");
        await ExpectAsync(new() { PlatformId = 8, Arch = "arm64" }, "2");
        await ExpectAsync(new() { PlatformId = 9, Arch = "arm64" }, "");
        await ExpectAsync(new() { OwnerId = 7, Arch = "amd64" }, "1,3");
        await ExpectAsync(new() { OwnerId = 8 }, "");
    }

    [Fact]
    public async Task Running_builds_are_those_not_finished()
    {
        await packages.AppendAsync("build-2", new BuildFinished(new BuildId(2), 1, 0, 0));

        await ExpectAsync(new() { IsRunning = true }, "1,3");
        await ExpectAsync(new() { IsRunning = false }, "2");
    }

    [Fact]
    public async Task A_build_that_is_said_to_be_finished_twice_counts_once()
    {
        await packages.AppendAsync("build-2", new BuildFinished(new BuildId(2), 1, 0, 0), new BuildFinished(new BuildId(2), 1, 0, 0));
        await packages.AppendAsync("build-2", new BuildFinished(new BuildId(2), 1, 0, 0));

        await ExpectAsync(new(), "1,2,3");
        await ExpectAsync(new() { Ref = "tree-ish" }, "2");
        await ExpectAsync(new() { IsRunning = false, Project = "bash" }, "2");
        await ExpectAsync(new() { IsRunning = true }, "1,3");
    }

    [Fact]
    public async Task Adding_up_leaves_one_row_for_builds_that_count_the_same_and_the_totals_as_they_are()
    {
        for (var n = 0; n < 3; n++)
            await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("rpms/tree", "d9"));

        foreach (var id in (int[])[1, 2, 4])
            await packages.AppendAsync($"build-{id}", new BuildFinished(new BuildId(id), 1, 0, 0));

        await AddUpAsync();
        await AddUpAsync();

        // Running: 5 and 6 as one, 3; finished: 1 and 4 as one, 2.
        Assert.Equal((4L, 4L), (await CountAsync("es.build_counts"), await CountAsync("es.build_source_counts")));
        await ExpectAsync(new(), "1,2,3,4,5,6");
        await ExpectAsync(new() { IsRunning = true }, "3,5,6");
        await ExpectAsync(new() { Project = "rpms/tree", IsRunning = false }, "1,4");
        Assert.All(await packages.Store.Advanced.VerifyAsync(typeof(BuildListProjection).FullName, Token), report => Assert.True(report.IsEqual, report.ToString()));
    }

    [Fact]
    public async Task Totals_are_exact_while_builds_are_requested_and_finished_and_others_add_up()
    {
        const int Builds = 60;
        var adding = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            for (var n = 0; n < 30; n++)
                await AddUpAsync();
        }, Token));
        var writing = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var n = 0; n < Builds / 4; n++)
            {
                var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("rpms/tree", "d9"));
                await packages.AppendAsync(build.BuildId.StreamKey, new BuildFinished(build.BuildId, 1, 0, 0));
            }
        }, Token));
        var all = Task.WhenAll(adding.Concat(writing));
        while (!all.IsCompleted)
        {
            var page = await ListAsync(new() { Ref = "tree" });
            Assert.Equal(page.BuildIds.Count, page.Total);
        }

        await all;
        Assert.Equal(3 + Builds, (await ListAsync(new())).Total);
        Assert.Equal(Builds, (await ListAsync(new() { IsRunning = false })).Total);
        Assert.All(await packages.Store.Advanced.VerifyAsync(typeof(BuildListProjection).FullName, Token), report => Assert.True(report.IsEqual, report.ToString()));
    }

    [Fact]
    public async Task A_wrong_count_is_found_by_a_verification()
    {
        await ExecuteAsync("update es.build_counts set n = 2 where ctid = (select min(ctid) from es.build_counts)");

        var report = Assert.Single(await packages.Store.Advanced.VerifyAsync(typeof(BuildListProjection).FullName, Token));

        Assert.Equal("es.build_counts", Assert.Single(report.Tables, t => t.FirstDifference is not null).Table);
    }

    [Fact]
    public async Task A_list_that_was_kept_before_it_was_counted_is_counted_once()
    {
        await packages.AppendAsync("build-2", new BuildFinished(new BuildId(2), 1, 0, 0));
        await ExecuteAsync("drop table es.build_counts, es.build_source_counts");
        await ExecuteAsync(BuildCounts.Schema);
        await ExecuteAsync(BuildCounts.Schema);

        await ExpectAsync(new(), "1,2,3");
        await ExpectAsync(new() { Project = "tree", IsRunning = true }, "1,3");
        Assert.All(await packages.Store.Advanced.VerifyAsync(typeof(BuildListProjection).FullName, Token), report => Assert.True(report.IsEqual, report.ToString()));
    }

    [Fact]
    public async Task One_package_has_to_match_all_that_is_given()
    {
        var looked = new[] { LookedAt(Package(1, "tree"), "tree"), LookedAt(Package(2, "bash", "5.0"), "bash", "5.0") };
        await packages.AppendAsync("build_task-1", new BuildTaskSucceeded(new BuildTaskId(1), new BuildId(1), looked));

        await ExpectAsync(new() { Package = new("tree", null, null, null, null) }, "1");
        await ExpectAsync(new() { Package = new("tree", "0", "1.0", "1", "amd64") }, "1");
        await ExpectAsync(new() { Package = new("tree", null, "5.0", null, null) }, "");
        await ExpectAsync(new() { Package = new(null, null, "5.0", null, null) }, "1");
    }

    [Theory]
    [InlineData("perform 1")]
    [InlineData("create schema other; create extension pg_trgm with schema other")]
    public async Task Substrings_are_found_by_trigrams_where_the_server_has_them_wherever_they_are_installed(string before)
    {
        await using var database = new TestDatabase();
        await database.InitializeAsync();
        await using (var installed = database.DataSource.CreateCommand($"do $$ begin if {Available} then {before}; end if; end $$"))
            await installed.ExecuteNonQueryAsync(Token);

        await using var store = DocumentStore.For(options =>
        {
            options.ConnectionString = database.ConnectionString;
            options.AddPackages();
            options.Schema.Scripts(PackagesProjections.Scripts);
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);

        await using var indexes = database.DataSource.CreateCommand(
            $"select (select count(*) from pg_indexes where tablename = 'build_list' and indexdef like '%gin_trgm_ops%') = case when {Available} then 2 else 0 end");
        Assert.Equal(true, await indexes.ExecuteScalarAsync(Token));
    }

    private async Task AddUpAsync()
    {
        await using var session = packages.Store.LightweightSession();
        await session.AddUpBuildCountsAsync(Token);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = packages.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task<long> CountAsync(string table)
    {
        await using var count = packages.DataSource.CreateCommand($"select count(*) from {table}");
        return (long)(await count.ExecuteScalarAsync(Token))!; // count(*) is never null
    }

    private async Task ExpectAsync(BuildListFilter filter, string expected)
    {
        var page = await ListAsync(filter);
        Assert.Equal(expected, string.Join(',', page.BuildIds.Order()));
        Assert.Equal(page.BuildIds.Count, page.Total);
    }

    private Task<BuildListPage> ListAsync(BuildListFilter filter, int skip = 0, int? take = null) =>
        packages.ReadAsync(s => s.BuildsAsync(filter, skip, take, Token));
}
