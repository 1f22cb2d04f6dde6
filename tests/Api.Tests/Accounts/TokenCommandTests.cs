namespace EventSourced.Api.Tests.Accounts;

/// <summary><c>token USER [--days N]</c> as typed at the terminal, beside a host that runs.</summary>
public sealed class TokenCommandTests(ApiHost api) : IClassFixture<ApiHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_token_of_a_user_found_by_number_or_name_carries_both_forms_and_is_accepted()
    {
        foreach (var (user, arguments, days) in new[] { ("1", Array.Empty<string>(), 365), ("admin", ["--days", "3"], 3) })
        {
            var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            var (exitCode, output, errors) = await RunAsync(["token", user, .. arguments]);
            Assert.Equal((0, ""), (exitCode, errors));
            var token = Assert.Single(output.Split('\n'));

            var payload = JsonWebTokenTests.PayloadOf(token);
            Assert.Equal("1", payload.GetProperty("sub").GetString());
            Assert.Equal("fastapi-users:auth", Assert.Single(payload.GetProperty("aud").EnumerateArray()).GetString());
            Assert.Equal(1, payload.GetProperty("identity").GetProperty("user_id").GetInt32());
            Assert.InRange(payload.GetProperty("exp").GetInt64() - before, days * 86_400L, days * 86_400L + 300);
            Assert.Equal(payload.GetProperty("exp").GetDouble(), payload.GetProperty("expires").GetDouble());
            Assert.Contains(
                (await api.Http.Get("/api/keys").As(api.AdminKey).Expect(200)).Json.EnumerateArray(),
                k => $"api_key-{k.GetProperty("id").GetGuid()}" == payload.GetProperty("jti").GetString() && k.GetProperty("label").GetString() is "token command");
            Assert.Equal("user-1", (await api.Http.Get("/api/me").With("Authorization", $"Bearer {token}").Expect(200)).Json.GetProperty("key").GetString());
        }
    }

    [Fact]
    public async Task A_user_that_is_not_there_or_not_active_is_one_line_and_exit_code_1()
    {
        var gone = await api.UserAsync("builder");
        await api.Http.Post($"/api/users/{gone}/deactivate").As(api.AdminKey).Expect(204);

        foreach (var user in new[] { "77777", "nobody", $"{gone}" })
            Assert.Equal((1, "", $"There is no active user '{user}'.\n"), await RunAsync(["token", user]));
    }

    [Theory]
    [InlineData("token")]
    [InlineData("token", "1", "--days", "0")]
    [InlineData("token", "1", "--days", "3661")]
    [InlineData("token", "1", "--days", "many")]
    public async Task Wrong_usage_prints_no_token(params string[] arguments)
    {
        var (exitCode, output, errors) = await RunAsync(arguments);

        Assert.NotEqual(0, exitCode);
        Assert.NotEqual("", errors);
        Assert.DoesNotContain("eyJ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_no_host_has_used_is_named_as_the_reason()
    {
        await using var empty = new TestDatabase();
        await empty.InitializeAsync();

        var (exitCode, output, errors) = await RunAsync(["token", "1"], empty.ConnectionString);

        Assert.Equal((78, ""), (exitCode, output));
        Assert.Contains("start the host once", errors, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] arguments, string? database = null)
    {
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__EventSourced"] = database ?? api.Database.ConnectionString, ["Data__Path"] = api.DataFolder,
        };
        await using var process = await HostProcess.StartAsync("Api", settings, Token, arguments);
        return await process.EndAsync(Token);
    }
}
