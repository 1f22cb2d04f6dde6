using System.Text;

namespace EventSourced.Api.Tests.Accounts;

/// <summary>Every way to say who one is, and every way it is refused.</summary>
public sealed class CredentialTests(ApiHost api) : IClassFixture<ApiHost>
{
    [Theory]
    [InlineData("Simple {0}")]
    [InlineData("simple {0}")]
    [InlineData("Bearer {0}")]
    public async Task A_key_is_accepted_in_every_form(string form)
    {
        var key = await api.KeyOfNewAsync("builder");
        await api.Http.Get("/api/me").With("Authorization", string.Format(null, form, key)).Expect(200);
    }

    [Fact]
    public async Task A_key_is_accepted_as_the_password_of_basic_credentials()
    {
        var key = await api.KeyOfNewAsync("builder");
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"anybody:{key}"));
        await api.Http.Get("/api/me").With("Authorization", $"Basic {basic}").Expect(200);
    }

    [Fact]
    public async Task A_token_of_ours_carries_both_forms_and_stands_for_its_user()
    {
        var user = await api.UserAsync("auditor");

        var me = await api.Http.Get("/api/me").As(await api.TokenAsync(user)).Expect(200);

        Assert.Equal($"user-{user}", me.Json.GetProperty("key").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Simple")]
    [InlineData("Simple ")]
    [InlineData("Simple esk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer ..")]
    [InlineData("Basic !!!")]
    [InlineData("Basic YWJj")]
    [InlineData("Digest username=x")]
    public async Task Garbage_is_refused(string header)
    {
        var answer = await api.Http.Get("/api/me").With("Authorization", header).Expect(401);
        Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task Two_credentials_at_once_are_refused()
    {
        var key = await api.KeyOfNewAsync("builder");
        await api.Http.Get("/api/me").With("Authorization", $"Simple {key}, Simple {key}").Expect(401);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once()
    {
        var (key, id) = await api.KeyAsync(await api.UserAsync("builder"));
        await api.Http.Get("/api/me").As(key).Expect(200);

        await api.Http.Delete($"/api/keys/{id}").As(api.AdminKey).Expect(204);

        await api.Http.Get("/api/me").As(key).Expect(401);
    }

    [Fact]
    public async Task A_deactivated_user_is_refused_with_key_and_token_and_accepted_when_reactivated()
    {
        var user = await api.UserAsync("builder");
        var (key, _) = await api.KeyAsync(user);
        var token = await api.TokenAsync(user);

        await api.Http.Post($"/api/users/{user}/deactivate").As(api.AdminKey).Expect(204);
        await api.Http.Get("/api/me").As(key).Expect(401);
        await api.Http.Get("/api/me").As(token).Expect(401);

        await api.Http.Post($"/api/users/{user}/reactivate").As(api.AdminKey).Expect(204);
        await api.Http.Get("/api/me").As(key).Expect(200);
        await api.Http.Get("/api/me").As(token).Expect(200);
    }

    [Fact]
    public async Task A_token_is_recorded_before_it_is_seen_listed_like_a_key_and_refused_once_it_is_revoked()
    {
        var login = Accounts.UniqueLogin("token");
        var user = (await api.Http.Post("/api/users", new { login, password = "correct horse battery" }).As(api.AdminKey).Expect(201)).Json.GetProperty("id").GetInt32();
        var first = (await api.Http.Post("/api/tokens", new { login, password = "correct horse battery" }).Expect(200)).Json.GetProperty("token").GetString()!;
        var second = (await api.Http.Post("/api/tokens", new { login, password = "correct horse battery" }).Expect(200)).Json.GetProperty("token").GetString()!;

        var listed = (await api.Http.Get("/api/keys").As(first).Expect(200)).Json.EnumerateArray().ToList();
        Assert.Equal(["login", "login"], listed.Select(k => k.GetProperty("label").GetString()));
        var key = JsonWebTokenTests.PayloadOf(first).GetProperty("jti").GetString()!;
        var recorded = (await api.Http.Get($"/api/streams/events?key={key}").As(api.AdminKey).Expect(200)).Json.GetProperty("items")[0];
        Assert.Equal(("api_key_issued", $"user-{user}"), (recorded.GetProperty("type").GetString(), recorded.GetProperty("actor").GetString()));

        await api.Http.Delete($"/api/keys/{key["api_key-".Length..]}").As(second).Expect(204);
        await api.Http.Get("/api/me").As(first).Expect(401);
        await api.Http.Get("/api/me").As(second).Expect(200);

        for (var n = 0; n < 2; n++)
        {
            var repeated = await api.Http.Post("/api/tokens", new { login, password = "correct horse battery" }).As(second).With("Idempotency-Key", "k").Expect(200);
            await api.Http.Get("/api/me").As(repeated.Json.GetProperty("token").GetString()!).Expect(200);
        }
    }

    [Fact]
    public async Task A_retired_nodes_token_is_refused()
    {
        var node = await api.Http.Post("/api/nodes", new { name = "farm", arches = new[] { "amd64" } }).As(api.AdminKey).Expect(201);
        var token = node.Json.GetProperty("token").GetString()!;
        await api.Http.Get("/api/me").As(token).Expect(200);

        await api.Http.Delete($"/api/nodes/{node.Json.GetProperty("id").GetInt32()}").As(api.AdminKey).Expect(204);

        await api.Http.Get("/api/me").As(token).Expect(401);
        await api.Http.Delete($"/api/nodes/{node.Json.GetProperty("id").GetInt32()}").As(api.AdminKey).Expect(204);
    }

    [Fact]
    public async Task The_payload_of_a_token_is_what_the_build_systems_clients_read()
    {
        var user = await api.UserAsync("builder");
        var payload = JsonWebTokenTests.PayloadOf(await api.TokenAsync(user));

        Assert.Equal($"{user}", payload.GetProperty("sub").GetString());
        Assert.Equal(["fastapi-users:auth"], payload.GetProperty("aud").EnumerateArray().Select(a => a.GetString()));
        Assert.Equal(user, payload.GetProperty("identity").GetProperty("user_id").GetInt32());
        Assert.Equal(payload.GetProperty("exp").GetDouble(), payload.GetProperty("expires").GetDouble());
    }
}
