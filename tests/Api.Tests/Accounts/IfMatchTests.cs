namespace EventSourced.Api.Tests.Accounts;

/// <summary>A write that names the version it was decided on happens on that version or not at all.</summary>
public sealed class IfMatchTests(ApiHost api) : IClassFixture<ApiHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_version_that_was_read_is_accepted_once()
    {
        var user = await api.UserAsync("builder");
        var read = (await api.Http.Get($"/api/users/{user}").As(api.AdminKey).Expect(200)).Header("ETag");

        await api.Http.Put($"/api/users/{user}/roles/auditor").As(api.AdminKey).With("If-Match", read).Expect(204);
        var stale = await api.Http.Put($"/api/users/{user}/roles/node").As(api.AdminKey).With("If-Match", read).Expect(412);

        Assert.Equal("precondition.failed", stale.Json.GetProperty("code").GetString());
        Assert.Equal("\"3\"", (await api.Http.Get($"/api/users/{user}").As(api.AdminKey).Expect(200)).Header("ETag"));
    }

    [Fact]
    public async Task Of_many_that_read_the_same_version_one_writes_whatever_host_they_ask()
    {
        await using var other = api.Beside();
        other.Start();
        var user = await api.UserAsync("builder");

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => (n % 2 == 0 ? api : other).Http
            .Put($"/api/users/{user}/roles/{(n % 3) switch { 0 => "auditor", 1 => "node", _ => "administrator" }}").As(api.AdminKey).With("If-Match", "\"2\"").Expect(204, 412)));

        Assert.Single(answers, a => a.Status == 204);
        Assert.Equal("\"3\"", (await api.Http.Get($"/api/users/{user}").As(api.AdminKey).Expect(200)).Header("ETag"));
    }

    [Theory]
    [InlineData("*", 204)]
    [InlineData("\"2\"", 204)]
    [InlineData("\"1\", \"2\"", 204)]
    [InlineData("\"abc\",W/\"9\", \"2\"", 204)]
    [InlineData("\"1\"", 412)]
    [InlineData("\"3\"", 412)]
    [InlineData("W/\"2\"", 412)]
    [InlineData("\"02\"", 412)]
    [InlineData("\"-2\"", 412)]
    [InlineData("\"abc\"", 412)]
    [InlineData("\"\"", 412)]
    [InlineData("\"*\"", 412)]
    [InlineData("\"99999999999999999999\"", 412)]
    [InlineData("2", 400)]
    [InlineData("\"2", 400)]
    [InlineData("\"2\" \"3\"", 400)]
    [InlineData("w/\"2\"", 412)]
    public async Task What_the_header_may_say(string header, int status)
    {
        var user = await api.UserAsync("builder");

        var answer = await api.Http.Put($"/api/users/{user}/roles/auditor").As(api.AdminKey).With("If-Match", header).Expect(status);

        Assert.Equal(status is 204 ? 3L : 2L, await VersionAsync($"user-{user}"));
        if (status is 400)
            Assert.Equal("If-Match", answer.Json.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task Every_write_to_one_stream_refuses_another_version_and_leaves_nothing_behind()
    {
        var user = await api.UserAsync("builder");
        var (_, key) = await api.KeyAsync(user);
        var node = (await api.Http.Post("/api/nodes", new { name = "versioned" }).As(api.AdminKey).Expect(201)).Json.GetProperty("id").GetInt32();
        var before = await LeftBehindAsync();

        foreach (var write in (HttpScenario[])
        [
            api.Http.Put($"/api/users/{user}/password", new { password = "correct horse battery" }), api.Http.Put($"/api/users/{user}/roles/auditor"),
            api.Http.Delete($"/api/users/{user}/roles/builder"), api.Http.Post($"/api/users/{user}/deactivate"), api.Http.Post($"/api/users/{user}/reactivate"),
            api.Http.Delete($"/api/users/{user}"), api.Http.Delete($"/api/keys/{key}"), api.Http.Delete($"/api/nodes/{node}"),
        ])
            await write.As(api.AdminKey).With("If-Match", "\"77\"").Expect(412);

        Assert.Equal(before, await LeftBehindAsync());
    }

    [Fact]
    public async Task Keys_and_nodes_tell_their_version_too()
    {
        var (_, key) = await api.KeyAsync(await api.UserAsync("builder"));
        var node = (await api.Http.Post("/api/nodes", new { name = "versioned" }).As(api.AdminKey).Expect(201)).Json.GetProperty("id").GetInt32();

        foreach (var url in new[] { $"/api/keys/{key}", $"/api/nodes/{node}" })
        {
            var read = await api.Http.Get(url).As(api.AdminKey).Expect(200);
            await api.Http.Delete(url).As(api.AdminKey).With("If-Match", read.Header("ETag")).Expect(204);
            Assert.NotEqual(read.Header("ETag"), (await api.Http.Get(url).As(api.AdminKey).Expect(200)).Header("ETag"));
        }
    }

    [Fact]
    public async Task Where_nothing_has_a_version_no_tag_matches()
    {
        var login = Accounts.UniqueLogin("unversioned");

        await api.Http.Post("/api/users", new { login }).As(api.AdminKey).With("If-Match", "\"1\"").Expect(412);
        await api.Http.Post("/api/users", new { login }).As(api.AdminKey).With("If-Match", "*").Expect(201);
        await api.Http.Delete("/api/users/77777").As(api.AdminKey).With("If-Match", "\"1\"").Expect(412);
        await api.Http.Delete("/api/users/77777").As(api.AdminKey).With("If-Match", "*").Expect(404);
    }

    [Fact]
    public async Task A_repeat_with_its_key_gets_its_answer_although_the_version_has_moved()
    {
        var user = await api.UserAsync("builder");
        var repeat = Guid.CreateVersion7().ToString();

        for (var i = 0; i < 2; i++)
            await api.Http.Put($"/api/users/{user}/roles/auditor").As(api.AdminKey).With("If-Match", "\"2\"").With("Idempotency-Key", repeat).Expect(204);

        Assert.Equal(3L, await VersionAsync($"user-{user}"));
    }

    private async Task<(long Events, long Secrets)> LeftBehindAsync()
    {
        await using var command = api.Database.DataSource.CreateCommand("select (select count(*) from mt_events), (select count(*) from es.secrets)");
        await using var reader = await command.ExecuteReaderAsync(Token);
        await reader.ReadAsync(Token);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private async Task<long> VersionAsync(string stream)
    {
        await using var command = api.Database.DataSource.CreateCommand("select version from mt_streams where id = $1");
        command.Parameters.Add(new() { Value = stream });
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
