using System.Text.Json;

namespace EventSourced.Api.Tests.Packages.Albs;

public sealed class BuildListTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);

    [Fact]
    public async Task Pages_have_ten_builds_newest_first_and_an_exact_total()
    {
        var (platform, id) = await PlatformAsync();
        var builds = new List<int>();
        for (var i = 0; i < 12; i++)
            builds.Add((await albs.SubmitAsync(platform, ["l1"], $"https://git.example.org/rpms/p{i}.git")).GetProperty("id").GetInt32());

        var first = await ListAsync($"?pageNumber=1&platform_id={id}");
        var second = await ListAsync($"/?pageNumber=2&platform_id={id}");
        var third = await ListAsync($"?pageNumber=3&platform_id={id}");

        Assert.Equal(builds.AsEnumerable().Reverse().Take(10), Ids(first.GetProperty("builds")));
        Assert.Equal(builds.AsEnumerable().Reverse().Skip(10), Ids(second.GetProperty("builds")));
        Assert.Empty(Ids(third.GetProperty("builds")));
        Assert.All([first, second, third], page => Assert.Equal(12, page.GetProperty("total_builds").GetInt32()));
        Assert.Equal([1, 2, 3], ((JsonElement[])[first, second, third]).Select(page => page.GetProperty("current_page").GetInt32()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&pageNumber=0")]
    public async Task Without_a_page_all_matching_builds_come_as_an_array(string page)
    {
        var (platform, id) = await PlatformAsync();
        var build = await albs.SubmitAsync(platform, ["l1"], "https://git.example.org/rpms/a.git");

        var all = await ListAsync($"/?platform_id={id}{page}");

        Assert.Equal(JsonValueKind.Array, all.ValueKind);
        Assert.Equal(build.GetRawText(), Assert.Single(all.EnumerateArray()).GetRawText());
    }

    [Theory]
    [InlineData("project=tree", true)]
    [InlineData("project=ree", false)]
    [InlineData("ref=ain", true)]
    [InlineData("ref=xyz", false)]
    [InlineData("build_task_arch=l1", true)]
    [InlineData("build_task_arch=l2", false)]
    [InlineData("is_running=true", true)]
    [InlineData("is_running=0", false)]
    [InlineData("released=false&signed=FALSE", true)]
    [InlineData("signed=1", false)]
    [InlineData("created_by=2000000000", false)]
    [InlineData("rpm_name=tree", false)]
    public async Task Filters_are_combined(string filter, bool matches)
    {
        var (platform, id) = await PlatformAsync();
        await albs.SubmitAsync(platform, ["l1"], "https://git.example.org/rpms/tree.git");

        var page = await ListAsync($"/?pageNumber=1&platform_id={id}&{filter}");

        Assert.Equal(matches ? 1 : 0, page.GetProperty("total_builds").GetInt32());
    }

    [Theory]
    [InlineData("pageNumber=x", "query,pageNumber")]
    [InlineData("pageNumber=-1", "query,pageNumber")]
    [InlineData("platform_id=1.5", "query,platform_id")]
    [InlineData("is_running=perhaps", "query,is_running")]
    public async Task A_parameter_of_the_wrong_type_is_named(string query, string loc)
    {
        var answer = await albs.Http.Get($"/api/v1/builds/?{query}").Expect(422);

        Assert.Equal(loc, string.Join(',', answer.Json.GetProperty("detail")[0].GetProperty("loc").EnumerateArray().Select(l => l.GetString())));
    }

    [Fact]
    public async Task An_unknown_build_is_not_found() => Assert.Equal(
        "Build with build_id=2000000000 is not found", (await albs.Http.Get("/api/v1/builds/2000000000/").Expect(404)).Json.GetProperty("detail").GetString());

    private async Task<(string Name, int Id)> PlatformAsync()
    {
        var name = await albs.CreatePlatformAsync("l1", "l2");
        var listed = (await albs.Http.Get("/api/v1/platforms/").Expect(200)).Json.EnumerateArray();
        return (name, listed.Single(p => p.GetProperty("name").GetString() == name).GetProperty("id").GetInt32());
    }

    private async Task<JsonElement> ListAsync(string query) => (await albs.Http.Get("/api/v1/builds" + query).Expect(200)).Json;

    private static IEnumerable<int> Ids(JsonElement builds) => builds.EnumerateArray().Select(b => b.GetProperty("id").GetInt32());
}
