using System.Text;
using EventSourced.Api.Hosting.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Accounts;

/// <summary>Every way to say who one is, and every way it is refused.</summary>
public sealed class CredentialTests(ApiHost api) : IClassFixture<ApiHost>
{
    private JsonWebTokens Tokens => api.Services.GetRequiredService<JsonWebTokens>();

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

        var me = await api.Http.Get("/api/me").As(Tokens.Issue(user, TimeSpan.FromHours(1))).Expect(200);

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
        var token = Tokens.Issue(user, TimeSpan.FromHours(1));

        await api.Http.Post($"/api/users/{user}/deactivate").As(api.AdminKey).Expect(204);
        await api.Http.Get("/api/me").As(key).Expect(401);
        await api.Http.Get("/api/me").As(token).Expect(401);

        await api.Http.Post($"/api/users/{user}/reactivate").As(api.AdminKey).Expect(204);
        await api.Http.Get("/api/me").As(key).Expect(200);
        await api.Http.Get("/api/me").As(token).Expect(200);
    }

    [Fact]
    public async Task A_valid_token_of_a_user_that_does_not_exist_is_refused() =>
        await api.Http.Get("/api/me").As(Tokens.Issue(99_999, TimeSpan.FromHours(1))).Expect(401);

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
        var payload = JsonWebTokenTests.PayloadOf(Tokens.Issue(user, TimeSpan.FromDays(1)));

        Assert.Equal($"{user}", payload.GetProperty("sub").GetString());
        Assert.Equal(["fastapi-users:auth"], payload.GetProperty("aud").EnumerateArray().Select(a => a.GetString()));
        Assert.Equal(user, payload.GetProperty("identity").GetProperty("user_id").GetInt32());
        Assert.Equal(payload.GetProperty("exp").GetDouble(), payload.GetProperty("expires").GetDouble());
    }
}
