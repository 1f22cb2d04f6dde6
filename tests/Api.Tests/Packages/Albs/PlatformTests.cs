using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventSourced.Api.Tests.Packages.Albs;

public sealed class PlatformTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);
    private readonly string name = AlbsClient.NewName("P");

    [Fact]
    public async Task A_platform_is_made_with_its_repositories_and_listed()
    {
        var made = await CreateAsync("a");

        Same($$$"""
            {"id": {{{Id(made)}}}, "name": "{{{name}}}", "distr_type": "demo", "distr_version": "9", "arch_list": ["x86_64", "aarch64"], "modularity": {"v": [1]}, "pgp_key": null }
            """, made);
        var listed = (await albs.Http.Get("/api/v1/platforms").Expect(200)).Json.EnumerateArray().Single(p => Id(p) == Id(made));
        Same("""{"versions": [{"name": "9.1"}], "secure_boot_required_packages": ["pesign"]}""", listed.GetProperty("data"));
        Assert.Equal(
            """["http://s/a/","rpm",null]""",
            JsonSerializer.Serialize(new[] { (await RepositoryAsync("a")).GetProperty("url"), (await RepositoryAsync("a")).GetProperty("type"), (await RepositoryAsync("a")).GetProperty("pulp_href") }));
    }

    [Fact]
    public async Task A_taken_name_is_refused()
    {
        await CreateAsync();

        await albs.Http.Post("/api/v1/platforms/", Request()).As(albs.Admin).Expect(409);
    }

    [Fact]
    public async Task Only_what_is_given_changes()
    {
        var id = Id(await CreateAsync());

        var changed = (await albs.Http.Put("/api/v1/platforms/", new { name, distr_version = "10", data = new { versions = Array.Empty<string>() } })
            .As(albs.Admin).Expect(200)).Json;

        Assert.Equal((id, "10", "demo"), (Id(changed), changed.GetProperty("distr_version").GetString(), changed.GetProperty("distr_type").GetString()));
        var listed = (await albs.Http.Get("/api/v1/platforms/").Expect(200)).Json.EnumerateArray().Single(p => Id(p) == id);
        Same("""{"versions": [], "secure_boot_required_packages": []}""", listed.GetProperty("data"));
    }

    [Fact]
    public async Task A_new_list_of_repositories_updates_makes_and_unlinks()
    {
        await CreateAsync("a", "b");
        var kept = await RepositoryAsync("a");

        await albs.Http.Put("/api/v1/platforms/", new { name, repos = new[] { Repository("a", "http://t/a/"), Repository("c", "http://t/c/") } }).As(albs.Admin).Expect(200);

        Assert.Equal((Id(kept), "http://t/a/"), (Id(await RepositoryAsync("a")), (await RepositoryAsync("a")).GetProperty("url").GetString()));
        Assert.Equal([Name("a"), Name("c")], await OfferedAsync());
    }

    [Fact]
    public async Task A_repository_is_found_by_its_name_and_what_was_left_out_stays()
    {
        await CreateAsync();
        await PutAsync(new { name = Name("d"), arch = "x86_64", url = "http://s/d/", type = "rpm", debug = true });
        var made = await RepositoryAsync("d");

        await PutAsync(new { name = Name("d"), arch = "x86_64", url = "http://t/d/", type = "rpm" });

        var kept = await RepositoryAsync("d");
        Assert.Equal((Id(made), true, "http://t/d/"), (Id(kept), kept.GetProperty("debug").GetBoolean(), kept.GetProperty("url").GetString()));
    }

    [Fact]
    public async Task What_a_repository_is_known_by_never_changes_and_nothing_half_done_stays()
    {
        await CreateAsync("a");
        var before = (await albs.Http.Get("/api/v1/repositories").As(albs.Admin).Expect(200)).Text;

        foreach (var (arch, type, debug) in ((string, string, bool?)[])[("aarch64", "rpm", false), ("x86_64", "deb", null), ("x86_64", "rpm", true)])
        {
            await albs.Http.Put("/api/v1/platforms/", new
            {
                name, distr_version = "11", repos = new object[] { new { name = Name("new"), arch, url = "http://t/", type }, new { name = Name("a"), arch, url = "http://t/a/", type, debug } },
            }).As(albs.Admin).Expect(409);
        }

        Assert.Equal(before, (await albs.Http.Get("/api/v1/repositories").As(albs.Admin).Expect(200)).Text);
        Assert.Equal("9", (await albs.Http.Get("/api/v1/platforms/").Expect(200)).Json.EnumerateArray().Single(p => p.GetProperty("name").GetString() == name).GetProperty("distr_version").GetString());
    }

    [Fact]
    public async Task A_repository_that_apt_could_not_read_is_refused_with_its_platform()
    {
        var deb = new { name = Name("deb"), arch = "x86_64", url = "http://s/", type = "deb" };
        var refused = await albs.Http.Post("/api/v1/platforms/", Request(name, deb)).As(albs.Admin).Expect(422);
        Assert.Equal($"'x86_64' of {Name("deb")} is not how Debian names an arch.", refused.Json.GetProperty("detail")[0].GetProperty("msg").GetString());

        await CreateAsync();
        await albs.Http.Put("/api/v1/platforms/", new { name, repos = new[] { deb } }).As(albs.Admin).Expect(422);
        await PutAsync(new { name = Name("deb"), arch = "amd64", url = "http://s/", type = "deb" });
    }

    [Fact]
    public async Task No_two_production_repositories_are_served_at_one_address()
    {
        object At(string folder, string arch = "x86_64", bool debug = false) =>
            new { name = Name("a"), arch, url = $"/pulp/content/prod/{Name(folder)}-x86_64/", type = "rpm", debug, production = true };

        await albs.Http.Post("/api/v1/platforms/", Request(name, At("a"), At("a", debug: true))).As(albs.Admin).Expect(409);
        await albs.Http.Post("/api/v1/platforms/", Request(name, At("a"))).As(albs.Admin).Expect(200);
        var refused = await albs.Http.Post("/api/v1/platforms/", Request(AlbsClient.NewName("P"), At("a", "aarch64"))).As(albs.Admin).Expect(409);
        Assert.Contains($"is where {Name("a")} (x86_64) is served", refused.Text, StringComparison.Ordinal);

        await albs.Http.Put("/api/v1/platforms/", new { name, repos = new[] { At("a"), At("a", "aarch64") } }).As(albs.Admin).Expect(409);
        await albs.Http.Put("/api/v1/platforms/", new { name, repos = new[] { At("a"), At("a", debug: true) } }).As(albs.Admin).Expect(409);
        await PutAsync(At("a"), At("a-debug", debug: true));
        await PutAsync(At("a"), At("a-debug", debug: true));
        await albs.Http.Put("/api/v1/platforms/", new { name, repos = new[] { At("a-debug") } }).As(albs.Admin).Expect(409);
    }

    [Fact]
    public async Task Repositories_of_one_name_are_told_apart_by_their_arch()
    {
        await CreateAsync("a");
        await PutAsync(Repository("a", "http://t/a/"), new { name = Name("a"), arch = "aarch64", url = "http://t/b/", type = "rpm" });
        await PutAsync(new { name = Name("a"), arch = "aarch64", url = "http://u/b/", type = "rpm" }, Repository("a", "http://u/a/"));

        var both = (await albs.Http.Get("/api/v1/repositories").As(albs.Admin).Expect(200)).Json.EnumerateArray().Where(r => r.GetProperty("name").GetString() == Name("a"));
        Assert.Equal(["x86_64 http://u/a/", "aarch64 http://u/b/"], both.Select(r => $"{r.GetProperty("arch").GetString()} {r.GetProperty("url").GetString()}"));
    }

    [Fact]
    public async Task A_repository_that_was_taken_off_is_found_again()
    {
        await CreateAsync("a");
        var made = await RepositoryAsync("a");
        await PutAsync(Repository("b", "http://s/b/"));

        await PutAsync(Repository("a", "http://t/a/"));

        Assert.Equal((Id(made), "http://t/a/"), (Id(await RepositoryAsync("a")), (await RepositoryAsync("a")).GetProperty("url").GetString()));
        Assert.Equal([Name("a")], await OfferedAsync());
    }

    [Fact]
    public async Task The_same_changes_by_several_at_once_are_made_once()
    {
        await CreateAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => albs.Http.Put("/api/v1/platforms/", new { name, repos = new[] { Repository("r", "http://s/r/") } })
            .As(albs.Admin).Expect(200)));

        Assert.NotEqual(0, Id(await RepositoryAsync("r")));
        Assert.Equal([Name("r")], await OfferedAsync());
    }

    [Fact]
    public async Task A_repeated_request_with_its_key_has_the_same_answer()
    {
        var first = await albs.Http.Post("/api/v1/platforms/", Request()).As(albs.Admin).With("Idempotency-Key", name).Expect(200);
        var second = await albs.Http.Post("/api/v1/platforms/", Request()).As(albs.Admin).With("Idempotency-Key", name).Expect(200);

        Assert.Equal(first.Text, second.Text);
        await albs.Http.Post("/api/v1/platforms/", Request()).As(albs.Admin).With("Idempotency-Key", name + "2").Expect(409);
    }

    [Fact]
    public async Task Reference_platforms_are_replaced_with_the_repositories_only()
    {
        var id = Id(await CreateAsync());
        await albs.Http.Put("/api/v1/platforms/", new { name, reference_platforms = new[] { "A" } }).As(albs.Admin).Expect(200);
        await albs.Http.Put("/api/v1/platforms/", new { name, reference_platforms = new[] { "B" }, repos = new[] { Repository("r", "http://s/r/") } }).As(albs.Admin).Expect(200);
        await albs.Http.Put("/api/v1/platforms/", new { name, repos = new[] { Repository("r", "http://s/r/") } }).As(albs.Admin).Expect(200);

        var state = (await albs.Http.Get($"/api/streams/state?key=platform-{id}").As(albs.Admin).Expect(200)).Json;
        Assert.Equal(["B"], state.GetProperty("state").GetProperty("Settings").GetProperty("ReferencePlatforms").EnumerateArray().Select(p => p.GetString()));
    }

    [Fact]
    public async Task Repositories_are_linked_and_unlinked_by_id()
    {
        var platform = Id(await CreateAsync("a"));
        var other = AlbsClient.NewName("P");
        await albs.Http.Post("/api/v1/platforms/", Request(other, Repository("d", "http://s/d/"))).As(albs.Admin).Expect(200);
        var (a, d) = (Id(await RepositoryAsync("a")), Id(await RepositoryAsync("d")));

        await albs.Http.Patch($"/api/v1/platforms/{platform}/add-repositories", new[] { d, d, 2_000_000_000 }).As(albs.Admin).Expect(200);
        await albs.Http.Patch($"/api/v1/platforms/{platform}/remove-repositories/", new { repositories_ids = new[] { a } }).As(albs.Admin).Expect(200);

        Assert.Equal([Name("d")], await OfferedAsync());
        await albs.Http.Patch("/api/v1/platforms/2000000000/add-repositories", new[] { d }).As(albs.Admin).Expect(404);
    }

    [Fact]
    public async Task An_unknown_platform_is_not_found() => await albs.Http.Put("/api/v1/platforms/", new { name = "unknown" }).As(albs.Admin).Expect(404);

    [Fact]
    public async Task An_unknown_repository_is_null()
    {
        foreach (var id in (string[])["2000000000", "99999999999", "0", "-1"])
            Assert.Equal("null", (await albs.Http.Get($"/api/v1/repositories/{id}/").As(albs.Admin).Expect(200)).Text);

        await albs.Http.Get("/api/v1/repositories/x/").As(albs.Admin).Expect(422);
        await albs.Http.Get("/api/v1/repositories/").Expect(401, 403);
    }

    /// <summary>Names of the repositories that a node of this platform is offered, without those of the build.</summary>
    private async Task<IEnumerable<string>> OfferedAsync()
    {
        await albs.SubmitAsync(name, ["x86_64"], "https://git.example.org/a.git");
        while (await albs.ClaimAsync(host.NodeToken, ["x86_64"]) is { } task)
        {
            if (task.GetProperty("platform").GetProperty("name").GetString() == name)
                return [.. task.GetProperty("repositories").EnumerateArray().Select(r => r.GetProperty("name").GetString()!).Where(n => !n.EndsWith("-br", StringComparison.Ordinal))];
        }

        throw new InvalidOperationException("The build's task was not handed out.");
    }

    private async Task<JsonElement> CreateAsync(params string[] repositories) => (await albs.Http.Post(
        "/api/v1/platforms/", Request(name, [.. repositories.Select(r => Repository(r, $"http://s/{r}/"))])).As(albs.Admin).Expect(200)).Json;

    private Task<Answer> PutAsync(params object[] repos) => albs.Http.Put("/api/v1/platforms/", new { name, repos }).As(albs.Admin).Expect(200);

    private object Request(string? as_ = null, params object[] repositories) => new
    {
        name = as_ ?? name,
        type = "rpm",
        distr_type = "demo",
        distr_version = "9",
        test_dist_name = "demo",
        arch_list = new[] { "x86_64", "aarch64" },
        repos = repositories,
        modularity = new { v = new[] { 1 } },
        data = new { versions = new[] { new { name = "9.1" } }, mock = new { secure_boot_required_packages = new[] { "pesign" } }, unknown = 1 },
    };

    private object Repository(string suffix, string url) => new { name = Name(suffix), arch = "x86_64", url, type = "rpm", debug = false };

    private string Name(string suffix) => $"{name}-{suffix}";

    private async Task<JsonElement> RepositoryAsync(string suffix) => (await albs.Http.Get("/api/v1/repositories").As(albs.Admin).Expect(200)).Json
        .EnumerateArray().Single(r => r.GetProperty("name").GetString() == Name(suffix));

    private static int Id(JsonElement thing) => thing.GetProperty("id").GetInt32();

    private static void Same(string expected, JsonElement actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual.GetRawText())), $"Expected {expected}\ngot {actual.GetRawText()}");
}
