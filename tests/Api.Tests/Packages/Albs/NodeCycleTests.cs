using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventSourced.Api.Tests.Packages.Albs;

public sealed class NodeCycleTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly ApiHost host = hosts.Api;
    private readonly AlbsClient albs = new(hosts.Api);

    [Fact]
    public async Task A_build_is_planned_before_it_is_answered()
    {
        var platform = await albs.CreatePlatformAsync("x1", "x2");

        var build = await albs.SubmitAsync(platform, ["x1", "x2"], "https://git.example.org/rpms/tree.git");

        var tasks = build.GetProperty("tasks").EnumerateArray().ToList();
        Assert.Equal(["x1", "x2"], tasks.Select(t => t.GetProperty("arch").GetString()));
        Assert.All(tasks, t => Assert.Equal(0, t.GetProperty("status").GetInt32()));
        Assert.All(tasks, t => Assert.Equal(JsonValueKind.Null, t.GetProperty("ts").ValueKind));
        Assert.Equal(build.GetProperty("user").GetRawText(), build.GetProperty("owner").GetRawText());
        foreach (var list in (string[])["linked_builds", "sign_tasks", "platform_flavors", "products"])
            Assert.Equal(JsonValueKind.Array, build.GetProperty(list).ValueKind);
    }

    [Fact]
    public async Task The_worked_example_of_a_node_goes_through()
    {
        var name = AlbsClient.NewName("Demo");
        await albs.Http.Post("/api/v1/platforms/", $$$"""
            {"name": "{{{name}}}", "type": "rpm", "distr_type": "demo", "distr_version": "9", "test_dist_name": "demo", "arch_list": ["w64", "w32"],
             "repos": [{"name": "demo-9-base", "arch": "w64", "url": "http://store/prod/demo-9-base-w64/", "type": "rpm", "debug": false},
                       {"name": "demo-9-base", "arch": "w32", "url": "http://store/prod/demo-9-base-w32/", "type": "rpm", "debug": false}],
             "data": {"container": {"image": "demo:9"}, "definitions": {"vendor": "Demo"} } }
            """).As(albs.Admin).Expect(200);
        var build = await albs.SubmitAsync(name, ["w64", "w32"], "https://git.example.org/rpms/tree.git");
        var (id, first, second) = (build.GetProperty("id").GetInt32(), TaskId(build, 0), TaskId(build, 1));

        Assert.Null(await albs.ClaimAsync(host.NodeToken, ["w32"]));
        var task = await albs.ClaimAsync(host.NodeToken, ["w64", "i686", "src"]);

        var store = albs.Http.BaseAddress!.ToString().TrimEnd('/');
        Same($$$"""
            {"id": {{{first}}}, "arch": "w64", "build_id": {{{id}}},
             "ref": {"url": "https://git.example.org/rpms/tree.git", "git_ref": "main", "ref_type": 1, "git_commit_hash": null},
             "platform": {"name": "{{{name}}}", "type": "rpm", "data": {"container": {"image": "demo:9"}, "definitions": {"vendor": "Demo"}, "mock": {}, "yum": {} } },
             "created_by": {{{Creator(build)}}},
             "repositories": [
               {"name": "demo-9-base", "url": "http://store/prod/demo-9-base-w64/", "priority": 10, "mock_enabled": true},
               {"name": "{{{name}}}-w64-{{{id}}}-br", "url": "{{{store}}}/pulp/content/builds/{{{name}}}-w64-{{{id}}}-br/", "priority": 10, "mock_enabled": true},
               {"name": "{{{name}}}-w64-{{{id}}}-debug-br", "url": "{{{store}}}/pulp/content/builds/{{{name}}}-w64-{{{id}}}-debug-br/", "priority": 10, "mock_enabled": true}],
             "linked_builds": [], "built_srpm_url": null, "is_secure_boot": false,
             "alma_commit_cas_hash": null, "srpm_hash": null, "is_cas_authenticated": false, "attempt": 1}
            """, task!.Value);

        Assert.Equal("{}", (await albs.Http.Post("/api/v1/build_node/ping", new { active_tasks = new[] { first } }).As(host.NodeToken).Expect(200)).Text);
        Assert.Null(await albs.ClaimAsync(host.NodeToken, ["w32"]));
        Same("""{"ok": true}""", (await albs.Report(host.NodeToken, first, "excluded").Expect(200)).Json);
        Same("""{"ok": false}""", (await albs.Report(host.NodeToken, first, "excluded").Expect(409)).Json);
        Assert.Equal(second, (await albs.ClaimAsync(host.NodeToken, ["w32"]))?.GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task A_task_is_told_the_repositories_of_its_own_platform_alone()
    {
        var arch = AlbsClient.NewName("a");
        string[] platforms = [await albs.CreatePlatformAsync(arch), await albs.CreatePlatformAsync(arch)];
        var linked = (await SubmitAsync(platforms, arch)).GetProperty("id").GetInt32();
        foreach (var _ in platforms)
            await albs.Report(host.NodeToken, (await albs.ClaimAsync(host.NodeToken, [arch]))!.Value.GetProperty("id").GetInt32()).Expect(200);

        var build = (await SubmitAsync(platforms, arch, linked)).GetProperty("id").GetInt32();

        foreach (var platform in platforms)
        {
            var task = (await albs.ClaimAsync(host.NodeToken, [arch]))!.Value;
            Assert.Equal((build, platform), (task.GetProperty("build_id").GetInt32(), task.GetProperty("platform").GetProperty("name").GetString()));
            Assert.Equal(
                [$"{platform}-{arch}-{build}-br", $"{platform}-{arch}-{build}-debug-br", $"{platform}-{arch}-{linked}-br", $"{platform}-{arch}-{linked}-debug-br"],
                task.GetProperty("repositories").EnumerateArray().Select(r => r.GetProperty("name").GetString()));
        }
    }

    private async Task<JsonElement> SubmitAsync(string[] platforms, string arch, params int[] linked) => (await albs.Http.Post("/api/v1/builds/", new
    {
        platforms = platforms.Select(name => new { name, arch_list = new[] { arch } }),
        tasks = new[] { new { url = "https://git.example.org/tree.git", git_ref = "main" } },
        linked_builds = linked,
    }).As(albs.Admin).Expect(200)).Json;

    private static int TaskId(JsonElement build, int place) => build.GetProperty("tasks")[place].GetProperty("id").GetInt32();

    private static string Creator(JsonElement build) =>
        $$"""{"name": {{build.GetProperty("owner").GetProperty("username").GetRawText()}}, "email": {{build.GetProperty("owner").GetProperty("email").GetRawText()}}}""";

    private static void Same(string expected, JsonElement actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual.GetRawText())), $"Expected {expected}\ngot {actual.GetRawText()}");
}
