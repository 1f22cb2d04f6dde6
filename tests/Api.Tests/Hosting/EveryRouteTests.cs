using System.Text.Json;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Packages.Dialects.Albs;
using EventSourced.Api.Packages.Dialects.Pulp;
using EventSourced.Api.Tests.Accounts;

namespace EventSourced.Api.Tests.Hosting;

/// <summary>What holds for every route there is, and for every one that will be mapped.</summary>
public sealed class EveryRouteTests(ApiHost api) : IClassFixture<ApiHost>
{
    private static readonly HashSet<string> ForEverybody = ["POST /api/tokens", "GET /health/live", "GET /health/ready", "GET /metrics", "GET /openapi/{documentName}.json"];

    private static readonly HashSet<string> ForReaders =
    [
        "GET /api/v1/platforms", "GET /api/v1/platform_flavors", "GET /api/v1/builds", "GET /api/v1/builds/{id}", "GET /api/v1/releases", "GET /api/v1/releases/{id}",
        "GET /api/v1/products", "GET /api/v1/products/{id}", "GET /api/releases/{id}/events", "GET /api/repositories/{id}/events", "GET /api/repositories/{id}", "GET /api/repositories/{id}/versions",
        "GET /pulp/content/prod/{name}/{path}", "HEAD /pulp/content/prod/{name}/{path}",
        "GET /api/builds/{id}", "GET /api/builds/{id}/events", "GET /api/build-tasks/{id}",
        "GET /api/build-tasks/{id}/log", "GET /pulp/content/builds/{name}/{path}", "HEAD /pulp/content/builds/{name}/{path}",
        "GET /api/v1/sign-tasks", "GET /pulp/content/sign_keys/{name}", "HEAD /pulp/content/sign_keys/{name}",
        "GET /pulp/content/sign_files/{id}/{name}", "HEAD /pulp/content/sign_files/{id}/{name}",
        "GET /pulp/content/build_logs/build-{build}-build_log", "HEAD /pulp/content/build_logs/build-{build}-build_log",
        "GET /pulp/content/build_logs/build-{build}-build_log/{name}", "HEAD /pulp/content/build_logs/build-{build}-build_log/{name}",
    ];

    private static readonly HashSet<string> ForEveryPrincipal =
    [
        "GET /api/me", "GET /api/keys", "POST /api/keys", "GET /api/keys/{id}", "DELETE /api/keys/{id}", "GET /api/v1/repositories", "GET /api/v1/repositories/{id}",
        "GET /api/v1/test_repositories",
        "GET /api/v1/sign-keys", // those it may use
        "POST /api/v1/sign-tasks", // refused behind what is unknown
        "PUT /api/users/{id}/password", // of its own user: decided once the body is read
    ];

    public static TheoryData<string> BadBodies => ["", "{", "null", "7", "\"text\"", "[", "[[]]", "{\"a\":1,}", "\u0000", .. UnkeptBodies];

    /// <summary>JSON that PostgreSQL, or nobody, keeps as it is.</summary>
    private static string[] UnkeptBodies =>
    [
        """{"a": "x\u0000"}""", """["\u0000"]""", """{"\u0000": 1}""", """{"a": [{"b": "\ud800"}]}""", """{"\udc00": 1}""", """{"a": {"b": 1, "b": 2}}""", """{"a": 1, "\u0061": 2}""",
        """[1e200000]""", """{"a": 1e-20000}""", $$"""{"a": {{new string('1', 2000)}}}""",
    ];

    /// <summary>Whose message says that there is nothing to do (albs 13.7).</summary>
    private static readonly HashSet<string> NeverRefused = ["DELETE /api/v1/releases/{id}/delete"];

    [Theory]
    [MemberData(nameof(BadBodies))]
    public Task A_body_that_is_none_changes_nothing_and_is_answered_in_the_dialects_form(string body) => RefusedEverywhereAsync(_ => body);

    [Fact]
    public Task A_body_of_wrong_types_changes_nothing_and_is_answered_in_the_dialects_form() => RefusedEverywhereAsync(route => route.Body is null ? "" : route.WithWrongTypes());

    [Fact]
    public async Task A_query_with_a_character_that_cannot_be_kept_is_refused_in_the_dialects_form()
    {
        foreach (var route in ServedRoute.Of(api))
        {
            foreach (var url in (string[])[$"{route.Url}?key=%00", $"{route.Url}?%00=1"])
            {
                var before = await StateAsync();
                var answer = await new HttpScenario(api.Http, new HttpMethod(route.Method), url, route.Body is null ? null : "{}").As(api.AdminKey).Send();

                var dialect = route.Dialect ?? OwnDialect.Dialect;
                Assert.True(answer.Status == dialect.InvalidStatus, $"{route.Method} {url} is answered with {answer.Status}: {answer.Text}");
                if (route.Method is not "HEAD")
                    AssertIsErrorOf(dialect, answer, route);

                Assert.Equal(before, await StateAsync());
            }
        }
    }

    [Fact]
    public async Task A_body_that_is_too_large_changes_nothing_and_is_413_in_the_dialects_form()
    {
        await using var small = new ApiHost { Settings = { ["Limits:BodyBytes"] = "1024" } };
        await small.InitializeAsync();
        var body = $$"""{"x": "{{new string('x', 2000)}}"}""";
        foreach (var route in ServedRoute.Of(small).Where(route => route.Body is not null))
            AssertIsErrorOf(route.Dialect!, await new HttpScenario(small.Http, new HttpMethod(route.Method), route.Url, body).As(small.AdminKey).Expect(413), route);
    }

    [Fact]
    public async Task Without_a_credential_nothing_is_open_but_what_is_listed_here()
    {
        await using var closed = new ApiHost { Settings = { ["Access:OpenReading"] = "false" } };
        await closed.InitializeAsync();

        Assert.Equal(ForEverybody.Order(), (await NotAnsweredWithAsync(closed, credential: null, 401)).Order());
        Assert.Equal(ForEverybody.Concat(ForReaders).Order(), (await NotAnsweredWithAsync(api, credential: null, 401)).Order());
    }

    [Fact]
    public async Task With_a_credential_that_is_none_the_same_is_open_but_for_the_build_systems_dialect()
    {
        await using var patient = new ApiHost { Settings = { ["Access:FailedCredentials"] = "10000" } };
        await patient.InitializeAsync();

        var open = ForEverybody.Concat(ForReaders.Where(route => !route.Contains(" /api/v1/", StringComparison.Ordinal)));
        Assert.Equal(open.Order(), (await NotAnsweredWithAsync(patient, "esk_made-up-made-up-made-up-made-up", 401)).Order());
    }

    [Fact]
    public async Task A_principal_without_any_role_may_no_more_than_is_listed_here()
    {
        var open = await NotAnsweredWithAsync(api, await api.KeyOfNewAsync(), 403);

        Assert.Equal(ForEverybody.Concat(ForReaders).Concat(ForEveryPrincipal).Order(), open.Order());
    }

    private static async Task<IReadOnlyList<string>> NotAnsweredWithAsync(ApiHost host, string? credential, int status)
    {
        var others = new List<string>();
        foreach (var route in ServedRoute.Of(host))
        {
            var scenario = new HttpScenario(host.Http, new HttpMethod(route.Method), route.Url);
            var answer = await (credential is null ? scenario : scenario.As(credential)).Send();
            if (answer.Status != status)
                others.Add(route.Name);
            else if (route.Dialect is { } dialect && route.Method is not "HEAD")
                AssertIsErrorOf(dialect, answer, route);
        }

        return others;
    }

    private async Task RefusedEverywhereAsync(Func<ServedRoute, string> bodyOf)
    {
        var routes = ServedRoute.Of(api).Where(route => route.Writes).ToList();
        Assert.InRange(routes.Count, 20, 1000);
        foreach (var route in routes)
        {
            var before = await StateAsync();
            var answer = await new HttpScenario(api.Http, new HttpMethod(route.Method), route.Url, bodyOf(route)).As(api.AdminKey).Send();

            Assert.True(
                answer.Status is >= 400 and < 500 || (answer.Status is 200 && NeverRefused.Contains(route.Name)),
                $"{route} answers {bodyOf(route)} with {answer.Status}: {answer.Text}");
            if (answer.Status is not 200)
                AssertIsErrorOf(route.Dialect!, answer, route);

            Assert.Equal(before, await StateAsync());
        }
    }

    private static void AssertIsErrorOf(Dialect dialect, Answer answer, ServedRoute route)
    {
        var fits = dialect == OwnDialect.Dialect ? IsProblem(answer)
            : dialect == AlbsDialect.Dialect ? IsAlbsError(answer.Json)
            : dialect == PulpDialect.Dialect && answer.Json.EnumerateObject().All(p => IsText(p.Value) || p.Value.EnumerateArray().All(IsText));
        Assert.True(fits, $"{route} answers with {answer.Status}, but not in the form of {dialect.Name}: {answer.Text}");
        Assert.DoesNotContain("EventSourced.", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", answer.Text, StringComparison.Ordinal);
    }

    private static bool IsProblem(Answer answer) =>
        answer.ContentHeaders.ContentType?.MediaType is "application/problem+json" && answer.Json.GetProperty("status").GetInt32() == answer.Status
        && IsText(answer.Json.GetProperty("code")) && IsText(answer.Json.GetProperty("title")) && IsText(answer.Json.GetProperty("detail"));

    private static bool IsAlbsError(JsonElement json) => json.GetProperty("detail") is var detail
        && (IsText(detail) || detail.EnumerateArray().All(e => IsText(e.GetProperty("msg")) && IsText(e.GetProperty("type")) && e.GetProperty("loc").GetArrayLength() > 0));

    private static bool IsText(JsonElement value) => value.ValueKind is JsonValueKind.String && value.GetString()!.Length > 0;

    private async Task<string> StateAsync()
    {
        await using var command = api.Database.DataSource.CreateCommand("""
            select concat_ws(' ', (select count(*) from mt_events), (select count(*) from es.queue), (select count(*) from es.secrets), (select count(*) from es.subject_keys),
                (select count(*) from es.idempotency), (select count(*) from es.subject_index))
            """);
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
