namespace EventSourced.Api.Tests.Accounts;

/// <summary>No credential leads to one that may do more, or lives longer, than itself.</summary>
public sealed class DelegationTests(ApiHost api) : IClassFixture<ApiHost>
{
    [Theory]
    [InlineData("administrator", "build")]
    [InlineData("builder", "build")]
    public async Task A_key_with_scopes_manages_no_credentials_of_its_principal(string role, string scope)
    {
        var user = await api.UserAsync(role);
        var (key, id) = await api.KeyAsync(user, scope);

        await api.Http.Put($"/api/users/{user}/password", new { password = "correct horse battery" }).As(key).Expect(403);
        await api.Http.Post("/api/keys", new { label = "more" }).As(key).Expect(403);
        await api.Http.Post("/api/keys", new { label = "same", scopes = new[] { scope } }).As(key).Expect(403);
        await api.Http.Get("/api/keys").As(key).Expect(403);
        await api.Http.Get($"/api/keys/{id}").As(key).Expect(403);
        await api.Http.Delete($"/api/keys/{id}").As(key).Expect(403);
    }

    [Fact]
    public async Task A_key_without_scopes_and_an_administrators_with_the_scope_manage_credentials()
    {
        var user = await api.UserAsync("builder");
        var (own, _) = await api.KeyAsync(user);
        var (administrators, _) = await api.KeyAsync(await api.UserAsync("administrator"), "administration");

        foreach (var key in (string[])[own, administrators])
        {
            await api.Http.Put($"/api/users/{user}/password", new { password = "correct horse battery" }).As(key).Expect(204);
            await api.Http.Post("/api/keys", new { label = "another", scopes = new[] { "administration" }, principal = $"user-{user}" }).As(key).Expect(201);
            await api.Http.Get($"/api/keys?principal=user-{user}").As(key).Expect(200);
        }

        await api.Http.Post("/api/keys", new { label = "more", principal = $"user-{user}", scopes = new[] { "build" } }).As(administrators).Expect(403);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(30)]
    public async Task A_key_is_not_outlived_by_one_that_it_makes(int? days)
    {
        var user = await api.UserAsync("administrator");
        var made = await api.Http.Post("/api/keys", new { label = "short", days = 2, principal = $"user-{user}" }).As(api.AdminKey).Expect(201);
        var (key, end) = (made.Json.GetProperty("key").GetString()!, made.Json.GetProperty("expiresAt").GetDateTimeOffset());

        var own = await api.Http.Post("/api/keys", new { label = "longer", days }).As(key).Expect(201);
        var others = await api.Http.Post("/api/keys", new { label = "longer", days, principal = "user-1" }).As(key).Expect(201);
        var shorter = await api.Http.Post("/api/keys", new { label = "shorter", days = 1 }).As(key).Expect(201);

        Assert.Equal(end, own.Json.GetProperty("expiresAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.Equal(end, others.Json.GetProperty("expiresAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.True(shorter.Json.GetProperty("expiresAt").GetDateTimeOffset() < end);
    }

    [Fact]
    public async Task A_token_is_not_outlived_by_a_key_that_it_makes_and_who_has_no_end_gives_none()
    {
        var user = await api.UserAsync("builder");
        var token = await api.TokenAsync(user);

        var short_ = await api.Http.Post("/api/keys", new { label = "longer" }).As(token).Expect(201);
        var endless = await api.Http.Post("/api/keys", new { label = "longer", principal = $"user-{user}" }).As(api.AdminKey).Expect(201);

        Assert.InRange(short_.Json.GetProperty("expiresAt").GetDateTimeOffset(), DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, endless.Json.GetProperty("expiresAt").ValueKind);
    }

    [Fact]
    public async Task A_scope_that_is_none_is_named()
    {
        var answer = await api.Http.Post("/api/keys", """{"label":"x","scopes":[null,"everything"]}""").As(api.AdminKey).Expect(400);
        Assert.Equal("scopes[0]", answer.Json.GetProperty("errors")[0].GetProperty("field").GetString());
    }
}
