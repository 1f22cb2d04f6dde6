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

    private async Task<IEnumerable<JsonElement>> EventsAsync(string stream) =>
        (await Api.Http.Get($"/api/streams/events?key={stream}").As(Api.AdminKey).Expect(200)).Json.GetProperty("items").EnumerateArray();
}
