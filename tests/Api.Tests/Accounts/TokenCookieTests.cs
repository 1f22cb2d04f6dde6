namespace EventSourced.Api.Tests.Accounts;

/// <summary>The token that browsers send by themselves (albs 2.1).</summary>
public sealed class TokenCookieTests(ApiHost api) : IClassFixture<ApiHost>
{
    private const string Reading = "/api/v1/repositories/", Writing = "/api/v1/platforms/2000000000/add-repositories";

    [Fact]
    public async Task It_stands_for_its_user_when_there_is_no_header()
    {
        var token = await TokenAsync("builder");

        await Get(Reading, token).Expect(200);
        await Write(token).Expect(404);
        await Write(await TokenAsync("auditor")).Expect(403);
    }

    [Fact]
    public async Task A_header_goes_before_it()
    {
        await Get(Reading, await TokenAsync("builder")).With("Authorization", "Bearer made-up").Expect(401);
        await Get(Reading, "a.b.c").As(api.AdminKey).Expect(200);
    }

    [Theory]
    [InlineData("a.b.c")]
    [InlineData("made-up")]
    public async Task One_that_is_no_valid_token_is_refused(string token)
    {
        await Get(Reading, token).Expect(401);
        await Get("/api/v1/platforms/", token).Expect(200);
    }

    [Fact]
    public async Task It_holds_tokens_only() => await Get(Reading, api.AdminKey).Expect(401);

    [Fact]
    public async Task It_says_nothing_outside_its_dialect() => await Get("/api/me", await TokenAsync("builder")).Expect(401);

    [Theory]
    [InlineData("Origin", "http://localhost")]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    public async Task Our_own_pages_write_with_it(string header, string value) => await Write(await TokenAsync("builder")).With(header, value).Expect(404);

    [Theory]
    [InlineData("Origin", "http://other.example.org")]
    [InlineData("Origin", "http://localhost:81")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "none")]
    public async Task Others_do_not(string header, string value)
    {
        var token = await TokenAsync("builder");

        var answer = await Write(token).With(header, value).Expect(403);

        Assert.Equal("The token of a cookie counts only for what our own pages send.", answer.Json.GetProperty("detail").GetString());
        await Get(Reading, token).With(header, value).Expect(200);
        await api.Http.Patch(Writing, "[1]").As(token).With(header, value).Expect(404);
    }

    private HttpScenario Get(string url, string token) => api.Http.Get(url).With("Cookie", $"albs={token}");

    private HttpScenario Write(string token) => api.Http.Patch(Writing, "[1]").With("Cookie", $"albs={token}");

    private async Task<string> TokenAsync(string role) => await api.TokenAsync(await api.UserAsync(role));
}
