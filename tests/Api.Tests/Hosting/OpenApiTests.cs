using System.Text.Json;

namespace EventSourced.Api.Tests.Hosting;

public sealed class OpenApiTests(ApiHost api) : IClassFixture<ApiHost>
{
    [Theory]
    [InlineData("eventsourced", "/api/users/{id}", "get")]
    [InlineData("eventsourced", "/api/events", "get")]
    [InlineData("albs", "/api/v1/builds", "post")]
    [InlineData("albs", "/api/v1/build_node/get_task", "post")]
    [InlineData("pulp", "/pulp/api/v3/uploads", "post")]
    public async Task Each_dialect_describes_what_it_serves_and_nothing_else(string dialect, string path, string method)
    {
        var document = (await api.Http.Get($"/openapi/{dialect}.json").Expect(200)).Json;
        var paths = document.GetProperty("paths").EnumerateObject().ToDictionary(p => p.Name.TrimEnd('/'), p => p.Value);

        Assert.True(paths.TryGetValue(path, out var item), $"{path} is not among {string.Join(", ", paths.Keys)}");
        Assert.True(item.TryGetProperty(method, out _));
        var prefix = path.Split('/')[1] == "pulp" ? "/pulp" : dialect == "albs" ? "/api/v1" : "/api";
        Assert.All(paths.Keys, p => Assert.StartsWith(prefix, p, StringComparison.Ordinal));
        Assert.True(dialect == "albs" || !paths.Keys.Any(p => p.StartsWith("/api/v1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_served_is_described_and_what_is_described_is_served()
    {
        var served = ServedRoute.Of(api).Where(route => route.Dialect is not null).ToLookup(route => route.Dialect!.Name, route => route.Name);

        Assert.Equal(["albs", "eventsourced", "pulp"], served.Select(dialect => dialect.Key).Order());
        foreach (var dialect in served)
        {
            var document = (await api.Http.Get($"/openapi/{dialect.Key}.json").Expect(200)).Json;
            var described = document.GetProperty("paths").EnumerateObject()
                .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name.TrimEnd('/')}"));

            Assert.Equal(dialect.Distinct().Order(), described.Order());
        }
    }

    [Fact]
    public async Task Bodies_are_described_with_the_dialects_own_names()
    {
        var albs = (await api.Http.Get("/openapi/albs.json").Expect(200)).Json;
        var names = albs.GetProperty("components").GetProperty("schemas").EnumerateObject()
            .Where(s => s.Value.TryGetProperty("properties", out _))
            .SelectMany(s => s.Value.GetProperty("properties").EnumerateObject().Select(p => p.Name)).ToHashSet();

        Assert.Contains("git_ref", names);
        Assert.All(names, name => Assert.DoesNotContain(name, char.IsAsciiLetterUpper));
    }

    [Fact]
    public async Task Every_guarded_route_says_so()
    {
        var document = (await api.Http.Get("/openapi/eventsourced.json").Expect(200)).Json;
        var users = document.GetProperty("paths").EnumerateObject().First(p => p.Name.TrimEnd('/') == "/api/users").Value.GetProperty("get");

        Assert.Equal(JsonValueKind.Array, users.GetProperty("security").ValueKind);
        Assert.True(users.GetProperty("responses").TryGetProperty("401", out _));
        Assert.True(users.GetProperty("responses").TryGetProperty("403", out _));
    }
}
