using System.Text.Json;
using System.Text.Json.Nodes;
using static EventSourced.Api.Tests.Packages.ReleaseClient;

namespace EventSourced.Api.Tests.Packages;

/// <summary>From a build to what apt fetches, through both hosts.</summary>
public sealed class ReleaseTests(PatientHosts hosts) : IClassFixture<PatientHosts>
{
    private const int Scheduled = 1, Completed = 3, Failed = 4, Reverted = 5;

    private readonly ReleaseClient releases = new(hosts.Api);

    [Fact]
    public async Task A_release_brings_packages_to_a_signed_repository_and_can_be_taken_back()
    {
        var platform = await releases.PlatformAsync("devel");
        var deb = await DebFile.BuildAsync("tally", "1.0", "amd64");
        var build = await releases.BuildAsync(platform, deb);

        var planned = await releases.PlanAsync(platform, build);

        Assert.Equal((Scheduled, build), (planned.GetProperty("status").GetInt32(), planned.GetProperty("build_ids")[0].GetInt32()));
        Assert.Equal("AlmaLinux", planned.GetProperty("product").GetProperty("name").GetString());
        Assert.Equal(platform.Name, planned.GetProperty("platform").GetProperty("name").GetString());
        Assert.True(planned.GetProperty("owner").GetProperty("is_superuser").GetBoolean());
        var entry = planned.GetProperty("plan").GetProperty("packages")[0];
        Assert.Equal((deb.Name, deb.Sha256), (Text(entry.GetProperty("package"), "full_name"), Text(entry.GetProperty("package"), "sha256")));
        Assert.Equal(platform.RepositoryId(0), entry.GetProperty("repositories")[0].GetProperty("id").GetInt32());
        Assert.StartsWith("http", Text(entry.GetProperty("repositories")[0], "url"), StringComparison.Ordinal);

        Assert.Equal((Completed, "Successfully committed release"), await releases.CommitAsync(Id(planned)));

        Assert.Contains("Package: tally", await releases.IndexAsync(platform, 0), StringComparison.Ordinal);
        Assert.Contains("BEGIN PGP SIGNED", (await Http.Get($"{platform.Folder(0)}/dists/stable/InRelease").Expect(200)).Text, StringComparison.Ordinal);
        Assert.Equal($"\"{deb.Sha256}\"", (await Http.Get($"{platform.Folder(0)}/Packages/t/{deb.Name}").Expect(200)).Header("ETag"));
        Assert.Equal((Id(planned), true), await ReleasedAsync(build));
        Assert.Equal([build], await ListedAsync(platform, "released=true"));
        Assert.Empty(await ListedAsync(platform, "released=false"));
        Assert.Equal("Successfully committed release", Text((await releases.ReadAsync(Id(planned))).GetProperty("plan"), "last_log"));

        await releases.Commit(Id(planned)).Expect(409);
        await Http.Put($"/api/v1/releases/{Id(planned)}/", new { plan = new { } }).As(Admin).Expect(409);
        Assert.Contains("no scheduled", (await Http.Delete($"/api/v1/releases/{Id(planned)}/delete").As(Admin).Expect(200)).Text, StringComparison.Ordinal);

        Assert.Equal("""{"message":"Release plan revert has been started"}""", (await Http.Post($"/api/v1/releases/{Id(planned)}/revert/").As(Admin).Expect(200)).Text);
        Assert.Equal(Reverted, (await releases.ReadAsync(Id(planned))).GetProperty("status").GetInt32());
        Assert.DoesNotContain("Package: tally", await releases.IndexAsync(platform, 0), StringComparison.Ordinal);
        Assert.Equal((null, false), await ReleasedAsync(build));
        await Http.Post($"/api/v1/releases/{Id(planned)}/revert/").As(Admin).Expect(409);
        await releases.Commit(Id(planned)).Expect(409);
    }

    [Fact]
    public async Task The_very_same_file_is_skipped_and_another_one_refused_unless_forced()
    {
        var platform = await releases.PlatformAsync("devel");
        var deb = await DebFile.BuildAsync("tally", "1.0", "amd64");
        var build = await releases.BuildAsync(platform, deb);
        Assert.Equal(Completed, (await releases.ReleaseAsync(platform, build)).Status);

        var again = await releases.PlanAsync(platform, build);
        Assert.Equal($$"""{"{{deb.Name}}":{{platform.RepositoryId(0)}}}""", again.GetProperty("plan").GetProperty("packages_from_repos").GetRawText());
        Assert.Equal((Completed, "Successfully committed release"), await releases.CommitAsync(Id(again)));

        var other = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64", "other bytes"));
        var conflicting = await releases.PlanAsync(platform, other);
        var involved = $"mt_events where stream_id in ('release-{Id(conflicting)}', 'build-{other}', 'repository-{platform.RepositoryId(0)}')";
        var before = await releases.CountAsync(involved);
        var rehearsed = await releases.RehearseAsync(Id(conflicting));
        Assert.Equal(before, await releases.CountAsync(involved));
        var (status, message) = await releases.CommitAsync(Id(conflicting));
        Assert.Equal((Failed, "failed", message), (status, Text(rehearsed, "status"), Text(rehearsed, "message")));
        Assert.StartsWith("Cannot commit release:", message, StringComparison.Ordinal);
        Assert.Contains("package already in repo and force release is disabled", message, StringComparison.Ordinal);
        Assert.Equal((Id(conflicting), false), await ReleasedAsync(other));

        var plan = JsonNode.Parse(conflicting.GetProperty("plan").GetRawText())!;
        plan["packages"]![0]!["package"]!["force"] = true;
        var target = $"{platform.RepositoryId(0)}";
        plan["packages"]![0]!["repositories"]![0]!["id"] = target;
        plan["mine"] = "kept";
        var put = (await releases.PutAsync(Id(conflicting), plan)).GetProperty("plan");
        Assert.Equal(("kept", target), (Text(put, "mine"), Text(put.GetProperty("packages")[0].GetProperty("repositories")[0], "id")));
        Assert.Equal("completed", Text(await releases.RehearseAsync(Id(conflicting)), "status"));
        Assert.Equal(Completed, (await releases.CommitAsync(Id(conflicting))).Status);
        Assert.Equal((Id(conflicting), true), await ReleasedAsync(other));
    }

    [Fact]
    public async Task What_two_releases_have_out_leaves_with_the_last_of_them()
    {
        var platform = await releases.PlatformAsync("devel", "extra");
        var build = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64"));
        var first = await CommitIntoAsync(platform, [platform.RepositoryId(0)], build, Completed);
        var second = await CommitIntoAsync(platform, [platform.RepositoryId(0), platform.RepositoryId(1)], build, Completed);

        await RevertAsync(first);
        Assert.Equal((true, true), await HaveTallyAsync());
        Assert.Equal((second, true), await ReleasedAsync(build));
        Assert.Contains(
            $"WARNING:\ntally_1.0_amd64.deb stays in {platform.Name}-12-devel (amd64), where release {second} has it out too.", await MessageAsync(first),
            StringComparison.Ordinal);

        await RevertAsync(second);
        Assert.Equal((false, false), await HaveTallyAsync());
        Assert.Equal((null, false), await ReleasedAsync(build));
        Assert.Equal("Successfully reverted release", await MessageAsync(second));

        async Task RevertAsync(int release) => await Http.Post($"/api/v1/releases/{release}/revert/").As(Admin).Expect(200);

        async Task<string?> MessageAsync(int release) => Text((await releases.ReadAsync(release)).GetProperty("plan"), "last_log");

        async Task<(bool, bool)> HaveTallyAsync() => (
            (await releases.IndexAsync(platform, 0)).Contains("Package: tally", StringComparison.Ordinal),
            (await releases.IndexAsync(platform, 1)).Contains("Package: tally", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_last_release_taken_back_leaves_the_one_before()
    {
        var platform = await releases.PlatformAsync("devel", "extra");
        var build = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64"));
        var first = await CommitIntoAsync(platform, [platform.RepositoryId(0)], build, Completed);
        var second = await CommitIntoAsync(platform, [platform.RepositoryId(1)], build, Completed);

        await Http.Post($"/api/v1/releases/{second}/revert/").As(Admin).Expect(200);

        Assert.Contains("Package: tally", await releases.IndexAsync(platform, 0), StringComparison.Ordinal);
        Assert.DoesNotContain("Package: tally", await releases.IndexAsync(platform, 1), StringComparison.Ordinal);
        Assert.Equal((first, true), await ReleasedAsync(build));
        Assert.Equal([build], await ListedAsync(platform, "released=true"));
    }

    [Fact]
    public async Task One_target_that_refuses_leaves_all_others_as_they_were()
    {
        var platform = await releases.PlatformAsync("devel", "extra");
        var taken = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64", "first"));
        await CommitIntoAsync(platform, [platform.RepositoryId(1)], taken, Completed);

        var build = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64", "second"));
        await CommitIntoAsync(platform, [platform.RepositoryId(0), platform.RepositoryId(1)], build, Failed);
        Assert.Equal("", await releases.IndexAsync(platform, 0));

        // What was held is free again.
        Assert.Equal(Completed, (await releases.ReleaseAsync(platform, build)).Status);
    }

    [Fact]
    public async Task Of_a_build_for_two_platforms_each_gets_its_own_file_whatever_its_form()
    {
        var (first, second) = (await releases.PlatformAsync("devel"), await releases.PlatformAsync("devel"));
        foreach (var (platform, other) in ((ReleasePlatform, ReleasePlatform)[])[(first, second), (second, first)])
            await Http.Put("/api/v1/platforms/", new { name = platform.Name, data = new { compatible_release_platforms = new[] { other.Name } } }).As(Admin).Expect(200);

        var debs = new Dictionary<string, DebFile> { [first.Name] = await DebFile.BuildAsync("tally", "1.0", "amd64", "one"), [second.Name] = await DebFile.BuildAsync("tally", "1.0", "amd64", "two") };
        var build = await releases.BuildAsync(debs);

        foreach (var platform in (ReleasePlatform[])[second, first])
        {
            var current = (await Http.Post("/api/v1/releases/new/", new { builds = new[] { build }, platform_id = platform.Id, product_id = 1 }).As(Admin).Expect(200)).Json;
            var documented = await releases.PlanAsync(platform, build);
            foreach (var planned in (JsonElement[])[current, documented])
                Assert.Equal(debs[platform.Name].Sha256, Text(Assert.Single(planned.GetProperty("plan").GetProperty("packages").EnumerateArray()).GetProperty("package"), "sha256"));

            Assert.Equal(Completed, (await releases.CommitAsync(Id(documented))).Status);
            Assert.Equal($"\"{debs[platform.Name].Sha256}\"", (await Http.Get($"{platform.Folder(0)}/Packages/t/{debs[platform.Name].Name}").Expect(200)).Header("ETag"));
        }
    }

    [Fact]
    public async Task A_plan_names_no_repository_that_packages_are_not_released_to()
    {
        var platform = await releases.PlatformAsync("devel");
        var mirror = new { name = $"{platform.Name}-mirror", arch = "amd64", type = "deb", url = "https://mirror.example.org/" };
        var other = new { name = $"{platform.Name}-rpm", arch = "x86_64", type = "rpm", production = true, url = $"/pulp/content/prod/{platform.Name}-rpm-x86_64/" };
        await Http.Post("/api/v1/platforms/", new { name = $"{platform.Name}-2", type = "deb", distr_type = "debian", distr_version = "12", arch_list = new[] { "amd64" }, repos = new object[] { mirror, other } })
            .As(Admin).Expect(200);
        var deb = await DebFile.BuildAsync("tally", "1.0", "amd64");
        var build = await releases.BuildAsync(platform, deb);
        var planned = await releases.PlanAsync(platform, build);
        var all = (await Http.Get("/api/v1/repositories/").As(Admin).Expect(200)).Json.EnumerateArray().ToList();
        foreach (var name in (string[])[mirror.name, other.name, $"build-{build}-build_log", $"{platform.Name}-amd64-{build}-br"])
        {
            var id = Id(all.First(r => Text(r, "name") == name));
            var refused = await Http.Put($"/api/v1/releases/{Id(planned)}/", new { plan = Into(planned, id) }).As(Admin).Expect(422);
            Assert.Contains($"{deb.Name} cannot go to repository {id}", refused.Text, StringComparison.Ordinal);
        }

        // What was a candidate may be none any more when it is committed.
        await Http.Put("/api/v1/platforms/", new { name = platform.Name, repos = new[] { new { name = Text(platform.Repositories[0], "name"), arch = "amd64", type = "deb", production = false, url = "https://mirror.example.org/2/" } } })
            .As(Admin).Expect(200);
        var (status, message) = await releases.CommitAsync(Id(planned));
        Assert.Equal((Failed, $"Cannot commit release: {deb.Name} cannot go to repository {platform.RepositoryId(0)}, which is no production repository for it"), (status, message));
    }

    [Fact]
    public async Task Of_two_commits_at_once_one_is_carried_out()
    {
        var platform = await releases.PlatformAsync("devel");
        var release = Id(await releases.PlanAsync(platform, await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64"))));

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => releases.Commit(release).Expect(200, 409)));

        Assert.Single(answers, answer => answer.Status is 200);
        Assert.Equal(Completed, (await releases.ReadAsync(release)).GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task In_the_current_form_builds_have_to_be_signed()
    {
        var platform = await releases.PlatformAsync("devel");
        var build = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64"));
        var release = (await Http.Post("/api/v1/releases/new/", new { builds = new[] { build }, platform_id = platform.Id, product_id = 1 }).As(Admin).Expect(200)).Json;

        Assert.Equal($"""["build {build} is not signed"]""", release.GetProperty("plan").GetProperty("warnings").GetRawText());
        Assert.Equal((Failed, $"Cannot commit release: build {build} is not signed"), await releases.CommitAsync(Id(release)));
        var read = (await releases.ReadAsync(Id(release))).GetProperty("plan");
        Assert.Equal(1, read.GetProperty("warnings").GetArrayLength());
        await releases.PutAsync(Id(release), read);
        var listed = (await Http.Get($"/api/v1/releases/?platform_id={platform.Id}&pageNumber=1").Expect(200)).Json.GetProperty("releases")[0];
        Assert.False(listed.GetProperty("plan").TryGetProperty("warnings", out _));
        Assert.False((await releases.PlanAsync(platform, build)).GetProperty("plan").TryGetProperty("warnings", out _));
    }

    [Fact]
    public async Task Without_a_target_a_person_says_where()
    {
        var platform = await releases.PlatformAsync("other");
        var build = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64"));

        var release = await releases.PlanAsync(platform, build);

        Assert.Equal("[]", release.GetProperty("plan").GetProperty("packages")[0].GetProperty("repositories").GetRawText());
        Assert.Equal((Failed, "Cannot commit release: no package has a repository to go to"), await releases.CommitAsync(Id(release)));
        await CommitIntoAsync(platform, [platform.RepositoryId(0)], build, Completed);
    }

    [Fact]
    public async Task Other_builds_make_a_new_plan()
    {
        var platform = await releases.PlatformAsync("devel");
        var (first, second) = (await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64")),
            await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "2.0", "amd64")));
        var release = Id(await releases.PlanAsync(platform, first));

        var changed = (await Http.Put($"/api/v1/releases/{release}/", new { builds = new[] { first, second }, plan = new { } }).As(Admin).Expect(200)).Json;

        Assert.Equal([first, second], changed.GetProperty("build_ids").EnumerateArray().Select(b => b.GetInt32()));
        Assert.Equal(2, changed.GetProperty("plan").GetProperty("packages").GetArrayLength());
        var task = (await releases.ReadBuildAsync(second)).GetProperty("tasks")[0].GetProperty("id").GetInt32();
        var fewer = (await Http.Put($"/api/v1/releases/{release}/", new { build_tasks = new[] { task } }).As(Admin).Expect(200)).Json;
        Assert.Equal("2.0", Text(Assert.Single(fewer.GetProperty("plan").GetProperty("packages").EnumerateArray()).GetProperty("package"), "version"));

        var mine = new { packages = Array.Empty<object>(), mine = 1 };
        var same = (await Http.Put($"/api/v1/releases/{release}/", new { builds = new[] { second, first }, build_tasks = new[] { task }, plan = mine }).As(Admin).Expect(200)).Json;
        Assert.Equal(1, same.GetProperty("plan").GetProperty("mine").GetInt32());
        same = (await Http.Put($"/api/v1/releases/{release}/", new { builds = new[] { second, first }, plan = mine }).As(Admin).Expect(200)).Json;
        Assert.Equal([task], same.GetProperty("build_task_ids").EnumerateArray().Select(t => t.GetInt32()));
    }

    [Fact]
    public async Task Releases_are_listed_by_page_and_filter()
    {
        var platform = await releases.PlatformAsync("devel");
        var build = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64"));
        var (first, second) = (Id(await releases.PlanAsync(platform, build)), Id(await releases.PlanAsync(platform, build)));
        Assert.Contains("has been deleted", (await Http.Delete($"/api/v1/releases/{second}/delete").As(Admin).Expect(200)).Text, StringComparison.Ordinal);
        await Http.Get($"/api/v1/releases/{second}/").Expect(404);

        foreach (var filter in (string[])["status=1", "product_id=1", "package_name=tal", "pageNumber=0"])
            Assert.Equal([first], (await Http.Get($"/api/v1/releases?platform_id={platform.Id}&{filter}").Expect(200)).Json.EnumerateArray().Select(Id));

        var page = (await Http.Get($"/api/v1/releases/?platform_id={platform.Id}&pageNumber=1").Expect(200)).Json;
        Assert.Equal((1, 1, first), (page.GetProperty("total_releases").GetInt32(), page.GetProperty("current_page").GetInt32(), Id(page.GetProperty("releases")[0])));
        Assert.Equal(0, (await Http.Get($"/api/v1/releases/?platform_id={platform.Id}&product_id=2&pageNumber=1").Expect(200)).Json.GetProperty("total_releases").GetInt32());
    }

    private HttpClient Http => releases.Albs.Http;

    private string Admin => releases.Albs.Admin;

    private async Task<int> CommitIntoAsync(ReleasePlatform platform, int[] repositories, int build, int status)
    {
        var release = await releases.PlanAsync(platform, build);
        await releases.PutAsync(Id(release), Into(release, repositories));
        Assert.Equal(status, (await releases.CommitAsync(Id(release))).Status);
        return Id(release);
    }

    private static JsonNode Into(JsonElement release, params int[] repositories)
    {
        var plan = JsonNode.Parse(release.GetProperty("plan").GetRawText())!;
        plan["packages"]![0]!["repositories"] = new JsonArray([.. repositories.Select(id => (JsonNode)new JsonObject { ["id"] = id })]);
        return plan;
    }

    private async Task<(int?, bool)> ReleasedAsync(int build)
    {
        var json = await releases.ReadBuildAsync(build);
        var release = json.GetProperty("release_id");
        return (release.ValueKind is JsonValueKind.Null ? null : release.GetInt32(), json.GetProperty("released").GetBoolean());
    }

    private async Task<IEnumerable<int>> ListedAsync(ReleasePlatform platform, string filter) =>
        (await Http.Get($"/api/v1/builds/?pageNumber=1&platform_id={platform.Id}&{filter}").Expect(200)).Json.GetProperty("builds").EnumerateArray().Select(Id);

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
