using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class ReleaseTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private static readonly FreeJson Plan = FreeJson.Parse("""{"packages": [{"package": {"name": "tally", "full_name": "tally_1.0_amd64.deb"}, "repositories": []}]}""");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_release_shows_its_plan_and_what_came_of_it()
    {
        var (planned, id) = (packages.Clock.GetUtcNow(), await PlanAsync(platform: 71));
        packages.Clock.Advance(TimeSpan.FromMinutes(1));
        await packages.AppendAsync(id.StreamKey, new ReleaseCommitBegun(id, 1, [], [], TimeSpan.FromMinutes(5), packages.Clock.GetUtcNow()));
        var running = await packages.LoadAsync<ReleaseDetails>(id.StreamKey);
        await packages.AppendAsync(id.StreamKey, new ReleaseCompleted(id, 1, "done"));
        var done = await packages.LoadAsync<ReleaseDetails>(id.StreamKey);

        Assert.Equal((ReleaseStatus.InProgress, 1, null), (running!.Status, running.Attempt, running.EndedAt));
        Assert.Equal((ReleaseStatus.Completed, "done", planned, planned + TimeSpan.FromMinutes(1)), (done!.Status, done.Message, done.CreatedAt, done.EndedAt));
        Assert.Equal((Plan, 71, 7), (done.Plan, done.PlatformId, done.OwnerId));
        Assert.Equal(["tally"], done.Packages);
        Assert.Equal([40], done.Builds);
    }

    [Fact]
    public async Task Releases_are_found_newest_first_with_an_exact_total()
    {
        var ids = new List<int>();
        for (var i = 0; i < 12; i++)
            ids.Add((await PlanAsync(platform: 72)).Value);

        var second = await ListAsync(new(PlatformId: 72), skip: 10, take: 10);
        var all = await ListAsync(new(PlatformId: 72));

        Assert.Equal(ids.AsEnumerable().Reverse().Skip(10), second.Releases.Select(r => r.Number));
        Assert.Equal((12, 12), (second.Total, all.Total));
        Assert.Equal(ids.AsEnumerable().Reverse(), all.Releases.Select(r => r.Number));
    }

    [Fact]
    public async Task Filters_are_combined_and_deleted_ones_are_none()
    {
        var (kept, failed, deleted) = (await PlanAsync(platform: 73), await PlanAsync(platform: 73), await PlanAsync(platform: 73));
        await packages.AppendAsync(failed.StreamKey, new ReleaseFailed(failed, 1, "no"));
        await packages.AppendAsync(deleted.StreamKey, new ReleaseDeleted(deleted));

        Assert.Equal([failed.Value, kept.Value], Numbers(await ListAsync(new(PlatformId: 73))));
        Assert.Equal([failed.Value], Numbers(await ListAsync(new(PlatformId: 73, Status: ReleaseStatus.Failed))));
        Assert.Equal([kept.Value], Numbers(await ListAsync(new(IsOfBuiltInProduct: true, PlatformId: 73, Status: ReleaseStatus.Scheduled, PackageName: "tal"))));
        Assert.Empty((await ListAsync(new(PlatformId: 73, PackageName: "ally"))).Releases);
        Assert.Empty((await ListAsync(new(PlatformId: 73, PackageName: "ta%"))).Releases);
        Assert.Equal(0, (await ListAsync(new(IsOfBuiltInProduct: false, PlatformId: 73))).Total);
        Assert.Null(await packages.ReadAsync(s => s.ReleaseAsync(deleted, Token)));
    }

    [Fact]
    public async Task A_build_and_the_list_of_builds_show_the_last_release()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64") with { PlatformId = new(74) }], Source("a"));
        Assert.Equal((null, false), await ReleasedAsync(build.BuildId));

        await packages.AppendAsync(build.BuildId.StreamKey, new BuildReleaseFailed(build.BuildId, new(5)));
        Assert.Equal((5, false), await ReleasedAsync(build.BuildId));
        Assert.Equal(0, (await ListedAsync(released: true)).Total);

        await packages.AppendAsync(build.BuildId.StreamKey, new BuildReleased(build.BuildId, new(6)));
        Assert.Equal((6, true), await ReleasedAsync(build.BuildId));
        var (found, total) = await ListedAsync(released: true);
        Assert.Equal([build.BuildId.Value], found);
        Assert.Equal(1, total);
        Assert.Equal(0, (await ListedAsync(released: false)).Total);

        await packages.AppendAsync(build.BuildId.StreamKey, new BuildReleased(build.BuildId, new(7)), new BuildReleaseReverted(build.BuildId, new(7), StillOut: new(6)));
        Assert.Equal((6, true), await ReleasedAsync(build.BuildId));
        Assert.Equal(1, (await ListedAsync(released: true)).Total);

        await packages.AppendAsync(build.BuildId.StreamKey, new BuildReleaseReverted(build.BuildId, new(6)));
        Assert.Equal((null, false), await ReleasedAsync(build.BuildId));
        Assert.Equal(1, (await ListedAsync(released: false)).Total);
    }

    [Fact]
    public async Task Packages_of_completed_tasks_are_what_is_released()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64", "arm64")], Source("a"));
        var (first, second) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId);
        await packages.AppendAsync(first.StreamKey, new BuildTaskSucceeded(first, build.BuildId, [LookedAt(Package(8101)), Log(8102)]));
        await packages.AppendAsync(second.StreamKey, new BuildTaskFailed(second, build.BuildId, Report(NodeA, Package(8103, "bye")), null));

        async Task<IEnumerable<string>> NamesAsync(int[]? tasks, string platform) =>
            (await packages.ReadAsync(s => s.BuiltPackagesAsync([build.BuildId.Value], tasks, [platform], Token))).Select(p => p.FileName);

        Assert.Equal(["hello_1.0-1_amd64.deb"], await NamesAsync(null, "Debian-12"));
        Assert.Equal(["hello_1.0-1_amd64.deb"], await NamesAsync([first.Value], "Debian-12"));
        Assert.Empty(await NamesAsync([second.Value], "Debian-12"));
        Assert.Empty(await NamesAsync(null, "Demo"));
    }

    [Fact]
    public async Task Packages_of_the_same_name_are_found_in_repositories()
    {
        var (one, two) = (new RepositoryId(7101), new RepositoryId(7102));
        var built = new BuiltPackage(new(40), Package(1), ["amd64"]);
        await packages.AppendAsync(one.StreamKey, new RepositoryPackagesAdded(one, 1, [built.InRepository with { SizeBytes = 5 }]));
        await packages.AppendAsync(two.StreamKey, new RepositoryPackagesAdded(two, 1, [built.InRepository with { SizeBytes = 5, Sha256 = "ff" }]));
        await packages.AppendAsync(two.StreamKey, new RepositoryPackagesRemoved(two, 2, [built.InRepository.Path]));

        Assert.Equal([new(one, built.FileName, built.Artifact.Sha256)], await packages.ReadAsync(s => s.PackagesInAsync([7101, 7102], [built], Token)));
    }

    [Fact]
    public async Task Packages_whose_bytes_are_elsewhere_are_found_in_repositories_too()
    {
        var (one, two) = (new RepositoryId(7103), new RepositoryId(7104));
        var built = new BuiltPackage(new(40), Package(1), ["amd64"]);
        await packages.AppendAsync(one.StreamKey, new RepositoryPackagesAdded(one, 1, [built.InRepository with { SizeBytes = null }]));
        await packages.AppendAsync(two.StreamKey, new RepositoryPackagesAdded(two, 1, [built.InRepository with { SizeBytes = null, Sha256 = null }]));

        Assert.Equal(
            [new(one, built.FileName, built.Artifact.Sha256, built.Artifact.Href), new(two, built.FileName, null, built.Artifact.Href)],
            await packages.ReadAsync(s => s.PackagesInAsync([7103, 7104], [built], Token)));
    }

    [Fact]
    public async Task Production_repositories_are_found_by_where_they_are_served()
    {
        var id = new RepositoryId(7201);
        var settings = new RepositorySettings { Production = true, Url = RepositoryAddress.Of("demo-9-devel-x86_64") };
        await packages.StartAsync(CreateRepositoryHandler.Handle(new(new(id, new("demo-9-devel", "x86_64", "rpm", false), settings))));
        await packages.StartAsync(CreateRepositoryHandler.Handle(new(new(new(7202), new("demo-9-devel", "src", "rpm", false), new() { Url = "https://m.example.org/" }))));

        Assert.Equal([7201], (await AtAsync("demo-9-devel-x86_64")).Select(r => r.Number));
        Assert.Empty(await AtAsync("demo-9-devel-src"));
        Assert.Empty(await AtAsync(""));
        Assert.Equal([7201], (await packages.ReadAsync(s => s.ProductionRepositoriesAsync([7201, 7202], Token))).Select(r => r.Number));
        Assert.Contains(7201, (await packages.ReadAsync(s => s.ProductionRepositoriesAsync(null, Token))).Select(r => r.Number));
    }

    [Fact]
    public async Task What_answers_at_an_address_are_production_repositories_by_id_however_it_was_recorded()
    {
        foreach (var (id, arch, url, production) in ((int, string, string, bool)[])
            [(7213, "a", "/pulp/content/prod/c++-9-a", true), (7212, "b", "https://us.example.org/pulp/content/prod/c++-9-a/", true), (7211, "c", RepositoryAddress.Of("c++-9-a"), false)])
        {
            var repository = new RepositoryId(id);
            await packages.StartAsync(new NewStream<Repository>(
                repository.StreamKey, [new RepositoryCreated(repository, new("c++-9", arch, "rpm", false), new() { Url = url, Production = production }, null, null, null)]));
        }

        Assert.Equal([7212, 7213], (await AtAsync("c++-9-a")).Select(r => r.Number));
        var taken = await packages.ReadAsync(s => s.ProductionRepositoriesWithAsync([RepositoryAddress.Of("c++-9-a")], PathOf, Token));
        Assert.Equal([(7212, RepositoryAddress.Of("c++-9-a")), (7213, RepositoryAddress.Of("c++-9-a"))], taken.Select(r => (r.Number, r.Settings.Url)));
    }

    private Task<IReadOnlyList<RepositoryDetails>> AtAsync(string folder) => packages.ReadAsync(s => s.ProductionRepositoriesAtAsync(folder, PathOf, Token));

    private static string PathOf(string url) => url.Replace("https://us.example.org", "", StringComparison.Ordinal);

    private async Task<ReleaseId> PlanAsync(int platform)
    {
        var id = await packages.ReadAsync(s => s.NextIdAsync<ReleaseId>(Token));
        await packages.StartAsync(PlanReleaseHandler.Handle(new(id, 7, new(platform), null, new(platform), [new(40)], null, Plan)));
        return id;
    }

    private Task<ReleaseListPage> ListAsync(ReleaseListFilter filter, int skip = 0, int? take = null) => packages.ReadAsync(s => s.ReleasesAsync(filter, skip, take, Token));

    private async Task<(int?, bool)> ReleasedAsync(BuildId build) =>
        await packages.LoadAsync<BuildDetails>(build.StreamKey) is { } details ? (details.ReleaseId, details.IsReleased) : throw new InvalidOperationException();

    private async Task<(IReadOnlyList<int> Builds, int Total)> ListedAsync(bool released)
    {
        var page = await packages.ReadAsync(s => s.BuildsAsync(new() { PlatformId = 74, IsReleased = released }, 0, 10, Token));
        return (page.BuildIds, page.Total);
    }

    private static IEnumerable<int> Numbers(ReleaseListPage page) => page.Releases.Select(r => r.Number);
}
