using System.Text.Json;

namespace EventSourced.Api.Tests.Packages.Albs;

/// <summary>What today's clients ask for and do without.</summary>
public sealed class UnofferedTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);

    [Fact]
    public async Task There_are_no_flavors_and_no_test_repositories()
    {
        Assert.Equal("[]", (await albs.Http.Get("/api/v1/platform_flavors/").Expect(200)).Text);
        await albs.Http.Post("/api/v1/platform_flavors/", new { name = "f" }).As(albs.Admin).Expect(501);
        await albs.Http.Patch("/api/v1/platform_flavors/", new { name = "f" }).As(albs.Admin).Expect(501);
        Assert.Equal("[]", (await albs.Http.Get("/api/v1/test_repositories").As(albs.Admin).Expect(200)).Text);
        await albs.Http.Get("/api/v1/test_repositories/").Expect(401, 403);
    }

    [Fact]
    public async Task A_preview_of_a_module_is_not_offered()
    {
        var body = new { @ref = new { url = "https://git.example.org/modules/a.git", git_ref = "8" }, platform_name = "p", platform_arches = new[] { "a" }, flavors = (int[]?)null };

        var answer = await albs.Http.Post("/api/v1/builds/get_module_preview/", body).As(albs.Admin).Expect(501);

        Assert.Equal(JsonValueKind.String, answer.Json.GetProperty("detail").ValueKind);
        await albs.Http.Post("/api/v1/builds/get_module_preview/", body).As(host.NodeToken).Expect(403);
        Assert.DoesNotContain("get_module_preview/ failed.", host.Log.Text, StringComparison.Ordinal);
    }
}
