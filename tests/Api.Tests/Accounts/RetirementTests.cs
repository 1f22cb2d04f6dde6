using System.Text.Json;
using EventSourced.Messaging.Tracking;

namespace EventSourced.Api.Tests.Accounts;

/// <summary>A retired node's keys open nothing from its retirement on, and each is revoked as a consequence of it.</summary>
public sealed class RetirementTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private ApiHost Api => hosts.Api;

    [Fact]
    public async Task Its_keys_are_revoked_because_of_it()
    {
        var node = (await Api.Http.Post("/api/nodes", new { name = "farm" }).As(Api.AdminKey).Expect(201)).Json;
        var (id, principal) = (node.GetProperty("id").GetInt32(), node.GetProperty("key").GetString());
        var second = (await Api.Http.Post("/api/keys", new { label = "spare", principal }).As(Api.AdminKey).Expect(201)).Json.GetProperty("key").GetString()!;

        await hosts.Workers.TrackActivity().ExecuteAndWaitAsync(
            "retirement", () => Api.Http.Delete($"/api/nodes/{id}").As(Api.AdminKey).With("X-Correlation-Id", "retirement").Expect(204), TestContext.Current.CancellationToken);

        await Api.Http.Get("/api/me").As(node.GetProperty("token").GetString()!).Expect(401);
        await Api.Http.Get("/api/me").As(second).Expect(401);
        var keys = (await Api.Http.Get($"/api/keys?principal={principal}").As(Api.AdminKey).Expect(200)).Json.EnumerateArray().ToList();
        Assert.Equal(2, keys.Count);
        Assert.All(keys, key => Assert.NotEqual(JsonValueKind.Null, key.GetProperty("revokedAt").ValueKind));

        var retired = (await EventsAsync(principal!)).Last();
        Assert.Equal("node_retired", retired.GetProperty("type").GetString());
        foreach (var key in keys)
        {
            var revoked = (await EventsAsync($"api_key-{key.GetProperty("id").GetGuid()}")).Last();
            Assert.Equal(
                ("api_key_revoked", retired.GetProperty("id").GetString(), "user-1"),
                (revoked.GetProperty("type").GetString(), revoked.GetProperty("causation").GetString(), revoked.GetProperty("actor").GetString()));
        }
    }

    [Fact]
    public async Task It_gets_no_new_key()
    {
        var (id, principal) = await NodeAsync("gone");
        await RetireAsync(id, "gone");

        var refused = await Api.Http.Post("/api/keys", new { label = "late", principal }).As(Api.AdminKey).Expect(409);

        Assert.Equal(("application/problem+json", "api_key.holder_gone"), (refused.Header("Content-Type"), refused.Json.GetProperty("code").GetString()));
        Assert.Single((await Api.Http.Get($"/api/keys?principal={principal}").As(Api.AdminKey).Expect(200)).Json.EnumerateArray());
    }

    [Fact]
    public async Task A_key_that_is_issued_while_it_retires_is_refused_or_revoked()
    {
        var (id, principal) = await NodeAsync("going");

        var issued = Enumerable.Range(0, 6).Select(_ => Api.Http.Post("/api/keys", new { label = "late", principal }).As(Api.AdminKey).Send());
        var answers = Task.WhenAll(issued.Select(async answer => await answer));
        await RetireAsync(id, "going");

        Assert.All(await answers, answer => Assert.Contains(answer.Status, (int[])[201, 409]));
        Assert.All(
            (await Api.Http.Get($"/api/keys?principal={principal}").As(Api.AdminKey).Expect(200)).Json.EnumerateArray(),
            key => Assert.NotEqual(JsonValueKind.Null, key.GetProperty("revokedAt").ValueKind));
    }

    private async Task<(int Id, string Principal)> NodeAsync(string name)
    {
        var node = (await Api.Http.Post("/api/nodes", new { name }).As(Api.AdminKey).Expect(201)).Json;
        return (node.GetProperty("id").GetInt32(), node.GetProperty("key").GetString()!);
    }

    private Task<TrackedActivity> RetireAsync(int id, string correlation) => hosts.Workers.TrackActivity().ExecuteAndWaitAsync(
        correlation, () => Api.Http.Delete($"/api/nodes/{id}").As(Api.AdminKey).With("X-Correlation-Id", correlation).Expect(204), TestContext.Current.CancellationToken);

    private async Task<IEnumerable<JsonElement>> EventsAsync(string stream) =>
        (await Api.Http.Get($"/api/streams/events?key={stream}").As(Api.AdminKey).Expect(200)).Json.GetProperty("items").EnumerateArray();
}
