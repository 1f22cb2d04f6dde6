using System.Text.Json;

namespace EventSourced.Api.Tests.Packages.Albs;

/// <summary>Requests about releases that do not fit; they record nothing.</summary>
public sealed class ReleaseRequestTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);

    [Theory]
    [InlineData("""{"builds": [], "platform_id": 1, "product_id": 1}""", "body,builds")]
    [InlineData("""{"platform_id": 1, "product_id": 1}""", "body,builds")]
    [InlineData("""{"builds": [1], "product_id": 1}""", "body,platform_id")]
    [InlineData("""{"builds": [1], "platform_id": 1}""", "body,product_id")]
    [InlineData("""{"builds": ["x"], "platform_id": 1, "product_id": 1}""", "body,builds,0")]
    [InlineData("""{"builds": [1], "build_tasks": {}, "platform_id": 1, "product_id": 1}""", "body,build_tasks")]
    public Task A_release_that_does_not_fit_is_422(string body, string loc) => NothingIsRecordedAsync(async () =>
        Assert.Equal(loc, LocOf(await albs.Http.Post("/api/v1/releases/new/", body).As(albs.Admin).Expect(422))));

    [Fact]
    public async Task What_a_release_names_has_to_be_there()
    {
        var (platform, build) = await BuildAsync();

        await NothingIsRecordedAsync(async () =>
        {
            foreach (var body in (string[])
            [
                $$"""{"builds": [{{build}}, 2000000000], "platform_id": {{platform}}, "product_id": 1}""",
                $$"""{"builds": [{{build}}], "platform_id": 2000000000, "product_id": 1}""",
                $$"""{"builds": [{{build}}], "platform_id": {{platform}}, "product_id": 2}""",
                $$"""{"builds": [{{build}}], "platform_id": {{platform}}, "reference_platform_id": 2000000000}""",
                $$"""{"builds": [{{build}}], "build_tasks": [2000000000], "platform_id": {{platform}}, "product_id": 1}""",
            ])
                await albs.Http.Post("/api/v1/releases/new", body).As(albs.Admin).Expect(404);
        });
    }

    [Fact]
    public async Task In_the_current_form_a_build_for_another_platform_is_refused()
    {
        var ((_, build), (other, _)) = (await BuildAsync(), await BuildAsync());

        var answer = await albs.Http.Post("/api/v1/releases/new/", new { builds = new[] { build }, platform_id = other, product_id = 1 }).As(albs.Admin).Expect(400);

        Assert.Equal(JsonValueKind.String, answer.Json.GetProperty("detail").ValueKind);
        await albs.Http.Post("/api/v1/releases/new/", new { builds = new[] { build }, platform_id = other, reference_platform_id = other }).As(albs.Admin).Expect(200);
    }

    [Theory]
    [InlineData("""{"plan": []}""", "body,plan")]
    [InlineData("""{"plan": {"packages": [{}]}}""", "body,plan")]
    [InlineData("""{"plan": {"packages": [{"package": {"full_name": "a"}, "repositories": [{"id": "x"}]}]}}""", "body,plan")]
    [InlineData("""{"plan": {"x": "https://u:p@g/"}}""", "body,plan")]
    [InlineData("""{"builds": []}""", "body,builds")]
    public async Task A_plan_that_does_not_fit_is_422(string body, string loc)
    {
        var (platform, build) = await BuildAsync();
        var release = (await albs.Http.Post("/api/v1/releases/new/", new { builds = new[] { build }, platform_id = platform, product_id = 1 }).As(albs.Admin).Expect(200))
            .Json.GetProperty("id").GetInt32();

        await NothingIsRecordedAsync(async () => Assert.Equal(loc, LocOf(await albs.Http.Put($"/api/v1/releases/{release}/", body).As(albs.Admin).Expect(422))));
    }

    [Fact]
    public Task An_unknown_release_is_not_found() => NothingIsRecordedAsync(async () =>
    {
        await albs.Http.Get("/api/v1/releases/2000000000").Expect(404);
        await albs.Http.Put("/api/v1/releases/2000000000/", new { plan = new { } }).As(albs.Admin).Expect(404);
        await albs.Http.Post("/api/v1/releases/2000000000/commit").As(albs.Admin).Expect(404);
        await albs.Http.Post("/api/v1/releases/2000000000/revert").As(albs.Admin).Expect(404);
        await albs.Http.Post("/api/releases/2000000000/dry-run").As(albs.Admin).Expect(404);
        Assert.Contains("no scheduled", (await albs.Http.Delete("/api/v1/releases/2000000000/delete/").As(albs.Admin).Expect(200)).Text, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("pageNumber=x", "query,pageNumber")]
    [InlineData("pageNumber=-1", "query,pageNumber")]
    [InlineData("status=6", "query,status")]
    [InlineData("platform_id=1.5", "query,platform_id")]
    public async Task A_parameter_that_does_not_fit_is_named(string query, string loc) => Assert.Equal(loc, LocOf(await albs.Http.Get($"/api/v1/releases/?{query}").Expect(422)));

    [Fact]
    public async Task The_built_in_product_is_there()
    {
        var product = Assert.Single((await albs.Http.Get("/api/v1/products/").Expect(200)).Json.EnumerateArray());

        Assert.Equal((1, "AlmaLinux", false), (product.GetProperty("id").GetInt32(), product.GetProperty("name").GetString(), product.GetProperty("is_community").GetBoolean()));
        Assert.Equal("almalinux", product.GetProperty("team").GetProperty("name").GetString());
        Assert.Equal("almalinux_signer", product.GetProperty("team").GetProperty("roles")[4].GetProperty("name").GetString());
        Assert.Equal(product.GetRawText(), (await albs.Http.Get("/api/v1/products/1").Expect(200)).Text);
        Assert.Equal(1, (await albs.Http.Get("/api/v1/products?pageNumber=1&search_string=alma").Expect(200)).Json.GetProperty("total_products").GetInt32());
        Assert.Equal("""{"products":[],"total_products":0,"current_page":1}""", (await albs.Http.Get("/api/v1/products?pageNumber=1&search_string=other").Expect(200)).Text);
        await albs.Http.Get("/api/v1/products/2/").Expect(404);
        await albs.Http.Get("/api/v1/products?pageNumber=-1").Expect(422);
    }

    private async Task<(int Platform, int Build)> BuildAsync()
    {
        var name = await albs.CreatePlatformAsync("a1");
        var platform = (await albs.Http.Get("/api/v1/platforms/").Expect(200)).Json.EnumerateArray().Single(p => p.GetProperty("name").GetString() == name);
        return (platform.GetProperty("id").GetInt32(), (await albs.SubmitAsync(name, ["a1"], "https://git.example.org/a.git")).GetProperty("id").GetInt32());
    }

    private static string LocOf(Answer answer) => string.Join(',', answer.Json.GetProperty("detail")[0].GetProperty("loc").EnumerateArray().Select(l => l.ToString()));

    private async Task NothingIsRecordedAsync(Func<Task> request)
    {
        var before = await EventsAsync();
        await request();
        Assert.Equal(before, await EventsAsync());
    }

    private async Task<long> EventsAsync()
    {
        await using var count = host.Database.DataSource.CreateCommand("select count(*) from mt_events");
        return (long)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
