using System.Net.Http.Headers;
using System.Text;

namespace EventSourced.Api.Tests.Hosting;

/// <summary>What every request goes through, whatever it asks for.</summary>
public sealed class EdgeTests(EdgeTests.SmallLimits api) : IClassFixture<EdgeTests.SmallLimits>
{
    public sealed class SmallLimits : ApiHost
    {
        public SmallLimits()
        {
            Settings["Limits:BodyBytes"] = "2048";
            Settings["Limits:ListItems"] = "5";
        }
    }

    [Theory]
    [InlineData("/api/nothing", "application/problem+json", "code", "not_found")]
    [InlineData("/nothing", "application/problem+json", "code", "not_found")]
    [InlineData("/api/v1/nothing", "application/json", "detail", "Not Found")]
    public async Task An_unknown_address_is_answered_in_the_form_of_its_dialect(string url, string type, string property, string value)
    {
        var answer = await api.Http.Get(url).As(api.AdminKey).Expect(404);

        Assert.Equal(type, answer.ContentHeaders.ContentType!.MediaType);
        Assert.Equal(value, answer.Json.GetProperty(property).GetString());
    }

    [Fact]
    public async Task Another_method_is_405_and_tells_the_right_ones()
    {
        var ours = await api.Http.Delete("/api/users").As(api.AdminKey).Expect(405);
        var theirs = await api.Http.Delete("/api/v1/builds/").As(api.AdminKey).Expect(405);

        Assert.Equal("GET, POST", ours.Header("Allow"));
        Assert.Equal("Method Not Allowed", theirs.Json.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("/api/users")]
    [InlineData("/api/users/")]
    [InlineData("/api/me")]
    [InlineData("/api/me/")]
    [InlineData("/api/v1/platforms")]
    [InlineData("/api/v1/platforms/")]
    [InlineData("/api/v1/builds?pageNumber=1")]
    [InlineData("/api/v1/builds/?pageNumber=1")]
    public async Task With_and_without_a_slash_both_answer_directly(string url) => await api.Http.Get(url).As(api.AdminKey).Expect(200);

    [Theory]
    [InlineData("GET", "/api/events?after=x", "", "after")]
    [InlineData("GET", "/api/events?limit=99999999999", "", "limit")]
    [InlineData("GET", "/api/streams/state?key=user-1&at=noon", "", "at")]
    [InlineData("POST", "/api/sign-tasks/1/hand-back", "soon", "X-Attempt")]
    public async Task A_text_that_does_not_fit_the_type_of_a_parameter_is_refused_with_its_name(string method, string url, string attempt, string field)
    {
        var asked = method is "GET" ? api.Http.Get(url) : api.Http.Post(url);
        var answer = await asked.As(api.AdminKey).With("X-Attempt", attempt).Expect(400);

        Assert.Equal("request.invalid", answer.Json.GetProperty("code").GetString());
        Assert.Equal(field, answer.Json.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task An_empty_text_is_no_text() => await api.Http.Get("/api/events?after=&limit=").As(api.AdminKey).Expect(200);

    [Theory]
    [InlineData("", 400)]
    [InlineData("{", 400)]
    [InlineData("null", 400)]
    [InlineData("[]", 400)]
    [InlineData("\"text\"", 400)]
    [InlineData("{\"login\":\"a\",}", 400)]
    [InlineData("{\"login\":\"\\ud800\"}", 400)]
    public async Task A_body_that_is_no_object_of_ours_is_refused(string body, int status)
    {
        var answer = await api.Http.Post("/api/users", body).As(api.AdminKey).Expect(status);
        Assert.Equal("body", answer.Json.GetProperty("errors")[0].GetProperty("in").GetString());
        Assert.DoesNotContain("System.", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/keys", """{"label": "a\u0000b"}""", "label")]
    [InlineData("/api/users", """{"login": "a", "other": [1, {"x": "\udfff"}]}""", "other[1].x")]
    [InlineData("/api/users", """{"login": "a", "login": "b"}""", "")]
    [InlineData("/api/users", """{"login": "a", "other": {"x": 1, "x": 2}}""", "other")]
    public async Task What_the_database_does_not_keep_is_named(string url, string body, string field)
    {
        var answer = await api.Http.Post(url, body).As(api.AdminKey).Expect(400);
        Assert.Equal(field, answer.Json.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Theory]
    [InlineData("/api/events?correlation=%00", "correlation")]
    [InlineData("/api/streams/events?key=a%00", "key")]
    public async Task So_it_is_in_an_address(string url, string field)
    {
        var answer = await api.Http.Get(url).As(api.AdminKey).Expect(400);
        Assert.Equal(("query", field), (answer.Json.GetProperty("errors")[0].GetProperty("in").GetString(), answer.Json.GetProperty("errors")[0].GetProperty("field").GetString()));
    }

    [Fact]
    public async Task What_it_keeps_is_taken() => await api.Http.Post(
        "/api/nodes", """{"name": "keeps", "other": "\ud83d\ude00 \u00fc \\u0000", "numbers": [1e308, -0.5e-10, 12345678901234567890], "name ": {"name": 1} }""").As(api.AdminKey).Expect(201);

    [Fact]
    public async Task A_body_too_large_is_413_with_and_without_an_announced_length()
    {
        var large = $$"""{"login":"{{new string('x', 5000)}}"}""";
        await api.Http.Post("/api/users", large).As(api.AdminKey).Expect(413);

        using var chunked = new StreamContent(new Unannounced(Encoding.UTF8.GetBytes(large))) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        await api.Http.Post("/api/users").As(api.AdminKey).WithContent(chunked).Expect(413);
        await api.Http.Post("/api/users", large).As(api.AdminKey).With("Idempotency-Key", "k").Expect(413);
    }

    [Fact]
    public async Task A_list_too_long_is_named()
    {
        var answer = await api.Http.Post("/api/dead-letters/replay", new { ids = Enumerable.Range(1, 6) }).As(api.AdminKey).Expect(400);
        Assert.Equal("ids", answer.Json.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_body_nested_too_deep_is_refused() =>
        await api.Http.Post("/api/users", new string('[', 100) + new string(']', 100)).As(api.AdminKey).Expect(400);

    [Fact]
    public async Task Another_content_type_is_415()
    {
        using var text = new StringContent("{}", Encoding.UTF8, "text/plain");
        await api.Http.Post("/api/users").As(api.AdminKey).WithContent(text).Expect(415);
    }

    [Theory]
    [InlineData("a\u0001b")]
    [InlineData("ümlaut")]
    public async Task An_idempotency_key_that_is_none_is_refused(string key)
    {
        var answer = await api.Http.Post("/api/users", new { login = "nobody" }).As(api.AdminKey).With("Idempotency-Key", key).Expect(400);
        Assert.Equal("Idempotency-Key", answer.Json.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task An_idempotency_key_needs_a_credential() =>
        await api.Http.Post("/api/tokens", new { login = "a", password = "b" }).With("Idempotency-Key", "k").Expect(401);

    [Fact]
    public async Task The_clients_correlation_id_comes_back_and_a_hostile_one_does_not()
    {
        var kept = await api.Http.Get("/api/nothing").With("X-Correlation-Id", "order-17").Expect(404);
        var traced = await api.Http.Get("/api/nothing").With("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").Expect(404);
        var replaced = await api.Http.Get("/api/nothing").With("X-Correlation-Id", "a b\"c").Expect(404);

        Assert.Equal("order-17", kept.Header("X-Correlation-Id"));
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", traced.Header("X-Correlation-Id"));
        Assert.DoesNotContain("\"", replaced.Header("X-Correlation-Id"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_credential_on_an_open_address_is_an_obstacle_to_reading_only_where_the_dialect_says_so()
    {
        await api.Http.Get("/api/v1/platforms/").As("esk_unknown-unknown-unknown").Expect(401);
        await api.Http.Get("/api/builds/999999").As("esk_unknown-unknown-unknown").Expect(404);
        await api.Http.Get("/pulp/content/builds/none/repodata/repomd.xml").As("esk_unknown-unknown-unknown").Expect(404);
    }

    [Fact]
    public async Task Open_reading_can_be_closed()
    {
        await using var closed = new ApiHost { Settings = { ["Access:OpenReading"] = "false" } };
        await closed.InitializeAsync();

        await closed.Http.Get("/api/v1/platforms/").Expect(401, 403);
        await closed.Http.Get("/api/v1/platforms/").As(closed.NodeToken).Expect(200);
    }

    /// <summary>A body whose length nobody tells.</summary>
    private sealed class Unannounced(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
