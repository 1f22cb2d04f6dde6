using System.Net.ServerSentEvents;
using EventSourced.Api.Audit;
using EventSourced.Api.Tests.Accounts;
using EventSourced.Api.Tests.Packages;
using EventSourced.Domain;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Audit;

/// <summary>The API with the projections running, as a worker runs them.</summary>
public sealed class ProjectingHost : ApiHost, IAsyncLifetime
{
    public IProjectionDaemon Daemon { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Daemon = Services.GetRequiredService<IDocumentStore>().BuildProjectionDaemon();
        await Daemon.StartAllAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        await base.DisposeAsync();
    }

    public Task CaughtUpAsync() => Daemon.WaitForNonStaleData(TimeSpan.FromSeconds(60));
}

/// <summary>The log as auditors read it.</summary>
public sealed class AuditTests(ProjectingHost api) : IClassFixture<ProjectingHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_streams_events_tell_who_did_what_when_and_under_which_request()
    {
        var answer = await api.Http.Post("/api/users", new { login = Login(), roles = new[] { "builder", "auditor" } })
            .As(api.AdminKey).With("X-Correlation-Id", "ticket-42").Expect(201);
        var stream = answer.Json.GetProperty("key").GetString();

        var events = (await api.Http.Get($"/api/streams/events?key={stream}").As(api.AdminKey).Expect(200)).Json.GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(["user_registered", "user_role_granted", "user_role_granted"], events.Select(e => e.GetProperty("type").GetString()));
        Assert.All(events, e => Assert.Equal("user-1", e.GetProperty("actor").GetString()));
        Assert.All(events, e => Assert.Equal("ticket-42", e.GetProperty("correlation").GetString()));
        Assert.All(events, e => Assert.Equal("api", e.GetProperty("headers").GetProperty("by").GetString()));
        Assert.Equal("builder", events[1].GetProperty("data").GetProperty("Role").GetString());
    }

    [Fact]
    public async Task The_log_is_read_page_by_page_to_the_high_water_mark_and_every_event_once()
    {
        for (var i = 0; i < 5; i++)
            await api.UserAsync("builder");

        await api.CaughtUpAsync();
        var (seen, after, mark) = (new List<long>(), 0L, long.MaxValue);
        while (after < mark)
        {
            var page = (await api.Http.Get($"/api/events?after={after}&limit=3").As(api.AdminKey).Expect(200)).Json;
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("sequence").GetInt64()));
            (after, mark) = (page.GetProperty("next").GetInt64(), page.GetProperty("highWaterMark").GetInt64());
        }

        await using var count = api.Database.DataSource.CreateCommand($"select array_agg(seq_id order by seq_id) from mt_events where seq_id <= {mark}");
        Assert.Equal((long[])(await count.ExecuteScalarAsync(Token))!, seen);
    }

    [Fact]
    public async Task Events_above_the_mark_are_not_shown()
    {
        await using var fresh = new ApiHost(); // no daemon, so no mark
        await fresh.InitializeAsync();

        var page = await fresh.Http.Get("/api/events").As(fresh.AdminKey).Expect(200);

        Assert.Empty(page.Json.GetProperty("items").EnumerateArray());
        Assert.Equal(0, page.Json.GetProperty("highWaterMark").GetInt64());
    }

    [Fact]
    public async Task What_the_index_does_not_have_yet_is_found_in_the_log_and_a_search_is_as_far_as_the_index()
    {
        await using var fresh = new ApiHost(); // no daemon, so no index
        await fresh.InitializeAsync();
        var first = (await fresh.Http.Get("/api/streams/events?key=user-1").As(fresh.AdminKey).Expect(200)).Json.GetProperty("items")[0];
        var id = first.GetProperty("id").GetGuid();
        await using var mark = fresh.Database.DataSource.CreateCommand("insert into mt_event_progression(name, last_seq_id) values ('HighWaterMark', 2)");
        await mark.ExecuteNonQueryAsync(Token);

        var found = await fresh.Http.Get($"/api/events/{id}").As(fresh.AdminKey).Expect(200);
        var causes = await fresh.Http.Get($"/api/events/{id}/causes").As(fresh.AdminKey).Expect(200);
        await fresh.Http.Get($"/api/events/{id}/effects").As(fresh.AdminKey).Expect(200);
        var all = await fresh.Http.Get("/api/events").As(fresh.AdminKey).Expect(200);
        var filtered = await fresh.Http.Get("/api/events?actor=system").As(fresh.AdminKey).Expect(200);

        Assert.Equal(first.GetRawText(), found.Json.GetRawText());
        Assert.Equal([id], causes.Json.EnumerateArray().Select(e => e.GetProperty("id").GetGuid()));
        Assert.Equal(2, all.Json.GetProperty("highWaterMark").GetInt64());
        Assert.Equal(0, filtered.Json.GetProperty("highWaterMark").GetInt64());
    }

    [Fact]
    public async Task The_tag_of_a_state_is_the_version_of_the_last_event_in_it()
    {
        var user = await api.UserAsync("builder");
        await api.Http.Put($"/api/users/{user}/roles/auditor").As(api.AdminKey).Expect(204);
        var granted = (await api.Http.Get($"/api/streams/events?key=user-{user}").As(api.AdminKey).Expect(200)).Json.GetProperty("items")[1].GetProperty("timestamp").GetString()!;

        foreach (var (query, tag) in new[] { ("", "\"3\""), ("&version=1", "\"1\""), ($"&at={Uri.EscapeDataString(granted)}", "\"2\"") })
            Assert.Equal(tag, (await api.Http.Get($"/api/streams/state?key=user-{user}{query}").As(api.AdminKey).Expect(200)).Header("ETag"));
    }

    [Fact]
    public async Task A_state_at_a_time_is_one_that_was_though_hosts_do_not_agree_on_the_time()
    {
        var user = await api.UserAsync("builder");
        await api.Http.Put($"/api/users/{user}/roles/auditor").As(api.AdminKey).Expect(204);
        await using var ahead = api.Database.DataSource.CreateCommand($"update mt_events set timestamp = now() + interval '1 hour' where stream_id = 'user-{user}' and version = 2");
        await ahead.ExecuteNonQueryAsync(Token);

        Assert.Equal(["builder", "auditor"], await RolesAsync($"key=user-{user}&at={Uri.EscapeDataString($"{DateTimeOffset.UtcNow.AddMinutes(1):O}")}"));
    }

    [Fact]
    public async Task One_requests_events_are_found_by_its_correlation_and_one_actors_by_its_key()
    {
        var correlation = Guid.CreateVersion7().ToString("N");
        var administrator = await api.KeyOfNewAsync("administrator");
        var actor = (await api.Http.Get("/api/me").As(administrator).Expect(200)).Json.GetProperty("key").GetString();
        await api.Http.Post("/api/nodes", new { name = "traced" }).As(administrator).With("X-Correlation-Id", correlation).Expect(201);
        await api.CaughtUpAsync();

        var byRequest = await api.Http.Get($"/api/events?correlation={correlation}").As(api.AdminKey).Expect(200);
        var byActor = await api.Http.Get($"/api/events?actor={actor}").As(api.AdminKey).Expect(200);

        Assert.Equal(["node_registered", "api_key_issued"], Types(byRequest));
        Assert.Equal(["node_registered", "api_key_issued"], Types(byActor));
        await api.Http.Get($"/api/events?correlation={correlation}&actor={actor}").As(api.AdminKey).Expect(400);
    }

    [Fact]
    public async Task An_event_is_found_by_its_id_and_why_it_happened_ends_at_itself_when_it_is_a_root()
    {
        var user = await api.UserAsync("builder");
        await api.CaughtUpAsync();
        var first = (await api.Http.Get($"/api/streams/events?key=user-{user}").As(api.AdminKey).Expect(200)).Json.GetProperty("items")[0];
        var id = first.GetProperty("id").GetGuid();

        var found = await api.Http.Get($"/api/events/{id}").As(api.AdminKey).Expect(200);
        var causes = await api.Http.Get($"/api/events/{id}/causes").As(api.AdminKey).Expect(200);
        var effects = await api.Http.Get($"/api/events/{id}/effects").As(api.AdminKey).Expect(200);

        Assert.Equal(first.GetRawText(), found.Json.GetRawText());
        Assert.Equal([id], causes.Json.EnumerateArray().Select(e => e.GetProperty("id").GetGuid()));
        Assert.Empty(effects.Json.EnumerateArray());
        await api.Http.Get($"/api/events/{Guid.CreateVersion7()}").As(api.AdminKey).Expect(404);
    }

    [Fact]
    public async Task A_streams_state_is_told_as_of_now_a_version_and_a_time()
    {
        var user = await api.UserAsync("builder");
        await api.Http.Put($"/api/users/{user}/roles/auditor").As(api.AdminKey).Expect(204);
        var events = (await api.Http.Get($"/api/streams/events?key=user-{user}").As(api.AdminKey).Expect(200)).Json.GetProperty("items");
        var granted = events[1].GetProperty("timestamp").GetString()!;

        Assert.Equal(["builder", "auditor"], await RolesAsync($"key=user-{user}"));
        Assert.Equal(["builder"], await RolesAsync($"key=user-{user}&version=2"));
        Assert.Equal([], await RolesAsync($"key=user-{user}&version=1"));
        Assert.Equal(["builder"], await RolesAsync($"key=user-{user}&at={Uri.EscapeDataString(granted)}"));
        await api.Http.Get($"/api/streams/state?key=user-{user}&at=2001-01-01T00:00:00Z").As(api.AdminKey).Expect(404);
        await api.Http.Get($"/api/streams/state?key=user-{user}&version=9").As(api.AdminKey).Expect(404);
        await api.Http.Get($"/api/streams/state?key=user-{user}&version=0").As(api.AdminKey).Expect(400);
        await api.Http.Get($"/api/streams/state?key=user-{user}&version=x").As(api.AdminKey).Expect(400);
    }

    [Theory]
    [InlineData("/api/streams/state?key=user-99999")]
    [InlineData("/api/streams/state?key=nothing")]
    [InlineData("/api/streams/state?key=unicorn-1")]
    [InlineData("/api/streams/events?key=user-99999")]
    public async Task What_is_not_there_is_not_found(string url) => await api.Http.Get(url).As(api.AdminKey).Expect(404);

    [Theory]
    [InlineData("/api/streams/state", "key")]
    [InlineData("/api/streams/events", "key")]
    [InlineData("/api/events?after=x", "after")]
    [InlineData("/api/events?limit=0", "limit")]
    [InlineData("/api/events?limit=1001", "limit")]
    public async Task A_query_that_does_not_fit_is_named(string url, string field)
    {
        var answer = await api.Http.Get(url).As(api.AdminKey).Expect(400);
        Assert.Equal(field, answer.Json.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task The_feed_resumes_behind_the_last_event_id_and_goes_on_live()
    {
        await api.UserAsync("builder");
        await api.CaughtUpAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events") { Headers = { { "Accept", "text/event-stream" }, { "Last-Event-ID", "1" } } };
        request.Headers.TryAddWithoutValidation("Authorization", $"Simple {api.AdminKey}");
        using var response = await api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await using var stream = await response.Content.ReadAsStreamAsync(Token);
        await using var items = SseParser.Create(stream).EnumerateAsync(Token).GetAsyncEnumerator(Token);

        Assert.True(await items.MoveNextAsync());
        Assert.Equal("2", items.Current.EventId);

        var user = await api.UserAsync("auditor");
        while (!items.Current.Data.Contains($"\"stream\":\"user-{user}\"", StringComparison.Ordinal))
            Assert.True(await items.MoveNextAsync());
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("?after=1", 2)]
    public async Task A_follower_with_a_position_that_the_log_has_not_come_to_misses_nothing(string query, long first)
    {
        await api.UserAsync("builder");
        await api.CaughtUpAsync();
        await using var feed = await LogFollower.OpenAsync(api.Http, $"/api/events{query}", "999999999999", api.AdminKey);

        Assert.Equal($"{first}", (await feed.NextAsync()).Id);
    }

    [Fact]
    public void Every_kind_of_stream_of_the_domain_has_a_state_that_can_be_told() =>
        Assert.Equal(
            typeof(IStreamId).Assembly.GetExportedTypes().Where(t => t.IsValueType && typeof(IStreamId).IsAssignableFrom(t))
                .Select(t => (string)t.GetProperty(nameof(IStreamId.Alias))!.GetValue(null)!).Order(StringComparer.Ordinal),
            api.Services.GetRequiredService<StreamStates>().Aliases.Order(StringComparer.Ordinal));

    [Fact]
    public async Task The_state_of_a_stream_that_another_program_archived_is_still_told()
    {
        var user = await api.UserAsync("auditor");
        await using (var archive = api.Database.DataSource.CreateCommand($"select public.mt_archive_stream('user-{user}')"))
            await archive.ExecuteNonQueryAsync(Token);

        Assert.Equal(["auditor"], await RolesAsync($"key=user-{user}"));
        Assert.Empty(await RolesAsync($"key=user-{user}&version=1"));
    }

    private static string Login() => Accounts.Accounts.UniqueLogin("audited");

    private static IEnumerable<string?> Types(Answer page) => page.Json.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("type").GetString());

    private async Task<IEnumerable<string?>> RolesAsync(string query)
    {
        var answer = await api.Http.Get($"/api/streams/state?{query}").As(api.AdminKey).Expect(200);
        return answer.Json.GetProperty("state").GetProperty("Roles").EnumerateArray().Select(r => r.GetString()).ToList();
    }
}
