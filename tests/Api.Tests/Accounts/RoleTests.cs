namespace EventSourced.Api.Tests.Accounts;

/// <summary>Who may do what, by role and by the scopes of the key.</summary>
public sealed class RoleTests(ApiHost api) : IClassFixture<ApiHost>
{
    private static readonly (string Method, string Url, string[] Allowed)[] Matrix =
    [
        ("GET", "/api/me", ["administrator", "builder", "auditor", "node"]),
        ("GET", "/api/keys", ["administrator", "builder", "auditor", "node"]),
        ("GET", "/api/users", ["administrator"]),
        ("GET", "/api/nodes", ["administrator"]),
        ("GET", "/api/dead-letters", ["administrator"]),
        ("GET", "/api/events", ["administrator", "auditor"]),
        ("GET", "/api/streams/events?key=user-1", ["administrator", "auditor"]),
        ("GET", "/api/streams/state?key=user-1", ["administrator", "auditor"]),
        ("PUT", "/api/users/1/roles/administrator", ["administrator"]),
    ];

    [Fact]
    public async Task Every_role_may_what_it_may_and_nothing_else()
    {
        foreach (var role in new[] { "administrator", "builder", "auditor", "node" })
        {
            var key = await api.KeyOfNewAsync(role);
            foreach (var (method, url, allowed) in Matrix)
                await new HttpScenario(api.Http, new HttpMethod(method), url).As(key).Expect(allowed.Contains(role) ? [200, 204] : [403]);
        }
    }

    [Fact]
    public async Task Without_a_credential_nothing_of_it_is_open()
    {
        foreach (var (method, url, _) in Matrix)
            await new HttpScenario(api.Http, new HttpMethod(method), url).Expect(401);
    }

    [Fact]
    public async Task A_key_may_no_more_than_its_scopes()
    {
        var administrator = await api.UserAsync("administrator");
        var (audit, _) = await api.KeyAsync(administrator, "audit");

        await api.Http.Get("/api/events").As(audit).Expect(200);
        await api.Http.Get("/api/users").As(audit).Expect(403);
    }

    [Fact]
    public async Task A_key_makes_no_key_with_more_scopes_than_its_own()
    {
        var user = await api.UserAsync("administrator");
        var (key, _) = await api.KeyAsync(user, "administration");

        await api.Http.Post("/api/keys", new { label = "more", scopes = new[] { "administration", "audit" } }).As(key).Expect(403);
        await api.Http.Post("/api/keys", new { label = "all", scopes = Array.Empty<string>() }).As(key).Expect(403);
        var same = await api.Http.Post("/api/keys", new { label = "same" }).As(key).Expect(201);
        await api.Http.Get("/api/users").As(same.Json.GetProperty("key").GetString()!).Expect(200);
        await api.Http.Get("/api/events").As(same.Json.GetProperty("key").GetString()!).Expect(403);
    }

    [Fact]
    public async Task Nobody_reads_or_revokes_the_keys_of_others()
    {
        var (_, id) = await api.KeyAsync(await api.UserAsync("builder"));
        var stranger = await api.KeyOfNewAsync("builder");

        await api.Http.Delete($"/api/keys/{id}").As(stranger).Expect(403);
        await api.Http.Get("/api/keys?principal=user-1").As(stranger).Expect(403);
        await api.Http.Post("/api/keys", new { label = "theirs", principal = "user-1" }).As(stranger).Expect(403);
        await api.Http.Get("/api/users/1").As(stranger).Expect(403);
        await api.Http.Put("/api/users/1/password", new { password = "correct horse battery" }).As(stranger).Expect(403);
    }

    [Fact]
    public async Task A_granted_role_counts_at_once_and_a_revoked_one_no_longer()
    {
        var user = await api.UserAsync("builder");
        var (key, _) = await api.KeyAsync(user);
        await api.Http.Get("/api/events").As(key).Expect(403);

        await api.Http.Put($"/api/users/{user}/roles/auditor").As(api.AdminKey).Expect(204);
        await api.Http.Get("/api/events").As(key).Expect(200);

        await api.Http.Delete($"/api/users/{user}/roles/auditor").As(api.AdminKey).Expect(204);
        await api.Http.Get("/api/events").As(key).Expect(403);
    }
}
