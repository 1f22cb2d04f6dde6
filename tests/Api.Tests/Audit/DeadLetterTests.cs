using System.Text.Json;
using EventSourced.Api.Tests.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Messaging.Tracking;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Audit;

/// <summary>A message that really failed in the real workers, and what an administrator does about it.</summary>
public sealed class DeadLetterTests : IAsyncLifetime
{
    private readonly BothHosts hosts = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ApiHost Api => hosts.Api;

    /// <summary>Where the workers' key should be; while a file lies there, nothing can be signed.</summary>
    private string SigningHome => Path.Combine(Api.DataFolder, "gnupg");

    public async ValueTask InitializeAsync()
    {
        await hosts.InitializeAsync();
        hosts.Workers.GetRequiredService<MessagingOptions>().Policies.OnException<IOException>().MoveToErrorQueue();
        await File.WriteAllTextAsync(SigningHome, "in the way", Token);
    }

    public ValueTask DisposeAsync() => hosts.DisposeAsync();

    [Fact]
    public async Task It_is_listed_with_what_happened_and_replayed_once_the_cause_is_gone()
    {
        var deliveries = new Deliveries(hosts);
        var (build, _, _) = await deliveries.DeliverAsync("request-1", "report-1");
        var repository = await deliveries.RepositoryAsync(build);
        var letter = Assert.Single(await ListAsync());

        Assert.Equal(typeof(PublishRepository).FullName, letter.GetProperty("type").GetString());
        Assert.Equal(repository.GetProperty("id").GetInt32(), letter.GetProperty("body").GetProperty("RepositoryId").GetInt32());
        Assert.Equal("report-1", letter.GetProperty("correlation").GetString());
        Assert.Equal(1, letter.GetProperty("attempts").GetInt32());
        Assert.Contains("System.IO.IOException", letter.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, letter.GetProperty("body").GetProperty("Revision").GetInt32());
        Assert.Equal(0, repository.GetProperty("published").GetInt32());

        await RepeatAsync("replay", letter, "report-1"); // the cause is still there
        var again = Assert.Single(await ListAsync());
        Assert.Equal(letter.GetProperty("messageId").GetGuid(), again.GetProperty("messageId").GetGuid());

        File.Delete(SigningHome);
        await RepeatAsync("replay", again, "report-1");

        Assert.Empty(await ListAsync());
        Assert.Equal(1, (await deliveries.RepositoryAsync(build)).GetProperty("published").GetInt32());
        Assert.Equal(0, await CountAsync("replay", again)); // it is no letter any more
        await ExpectRecordedAsync(letter, "dead_letter_replayed");
        await ExpectRecordedAsync(again, "dead_letter_replayed");
        var published = (await deliveries.EventsAsync($"repository-{repository.GetProperty("id").GetInt32()}"))[^1];
        Assert.Equal(("repository_version_published", "report-1"), (published.GetProperty("type").GetString(), published.GetProperty("correlation").GetString()));
    }

    [Fact]
    public async Task A_discarded_one_never_comes_back_and_the_others_stay()
    {
        var deliveries = new Deliveries(hosts);
        var (first, _, _) = await deliveries.DeliverAsync("request-1", "report-1");
        var (second, _, _) = await deliveries.DeliverAsync("request-2", "report-2");
        var letters = await ListAsync();
        Assert.Equal(["report-2", "report-1"], letters.Select(l => l.GetProperty("correlation").GetString()));
        await ReadPageByPageAsync(letters);

        Assert.Equal(1, await CountAsync("discard", letters[1]));
        Assert.Equal(0, await CountAsync("discard", letters[1]));
        Assert.Equal(0, await CountAsync("replay", letters[1]));
        await ExpectRecordedAsync(letters[1], "dead_letter_discarded");

        File.Delete(SigningHome);
        await RepeatAsync("replay", Assert.Single(await ListAsync()), "report-2");
        Assert.Equal(0, (await deliveries.RepositoryAsync(first)).GetProperty("published").GetInt32());
        Assert.Equal(1, (await deliveries.RepositoryAsync(second)).GetProperty("published").GetInt32());
    }

    [Fact]
    public async Task Only_an_administrator_may_see_or_move_them_and_unknown_ones_count_nothing()
    {
        foreach (var action in new[] { "replay", "discard" })
        {
            await Api.Http.Post($"/api/dead-letters/{action}", new { ids = new[] { 1 } }).As(Api.NodeToken).Expect(403);
            await Api.Http.Post($"/api/dead-letters/{action}", new { ids = new[] { 1 } }).Expect(401);
            await Api.Http.Post($"/api/dead-letters/{action}", new { ids = Array.Empty<int>() }).As(Api.AdminKey).Expect(400);
            var none = await Api.Http.Post($"/api/dead-letters/{action}", new { ids = new[] { 987_654 } }).As(Api.AdminKey).Expect(200);
            Assert.Equal(0, none.Json.GetProperty("count").GetInt32());
        }

        await Api.Http.Get("/api/dead-letters").As(Api.NodeToken).Expect(403);
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync(string query = "") =>
        [.. (await Api.Http.Get("/api/dead-letters" + query).As(Api.AdminKey).Expect(200)).Json.GetProperty("items").EnumerateArray()];

    private async Task ReadPageByPageAsync(IReadOnlyList<JsonElement> letters)
    {
        var page = (await Api.Http.Get("/api/dead-letters?limit=1").As(Api.AdminKey).Expect(200)).Json;
        var rest = await ListAsync($"?before={page.GetProperty("next").GetInt64()}");

        Assert.Equal(letters.Select(l => l.GetRawText()), page.GetProperty("items").EnumerateArray().Concat(rest).Select(l => l.GetRawText()));
    }

    private async Task<int> CountAsync(string action, JsonElement letter) =>
        (await Api.Http.Post($"/api/dead-letters/{action}", new { ids = new[] { letter.GetProperty("id").GetInt64() } }).As(Api.AdminKey).Expect(200))
        .Json.GetProperty("count").GetInt32();

    /// <summary>Once, on the letter's stream: who did it, when, with which message.</summary>
    private async Task ExpectRecordedAsync(JsonElement letter, string type)
    {
        var stream = $"dead_letter-{letter.GetProperty("id").GetInt64()}";
        var events = (await Api.Http.Get($"/api/streams/events?key={stream}").As(Api.AdminKey).Expect(200)).Json.GetProperty("items").EnumerateArray();

        var moved = Assert.Single(events);
        Assert.Equal((type, "user-1"), (moved.GetProperty("type").GetString(), moved.GetProperty("actor").GetString()));
        Assert.True(moved.GetProperty("timestamp").GetDateTimeOffset() >= letter.GetProperty("died").GetDateTimeOffset());
        var data = moved.GetProperty("data");
        Assert.Equal(
            (letter.GetProperty("messageId").GetGuid(), letter.GetProperty("type").GetString(), letter.GetProperty("key").GetString()),
            (data.GetProperty("MessageId").GetGuid(), data.GetProperty("MessageType").GetString(), data.GetProperty("MessageKey").GetString()));
    }

    /// <summary>Asks for it and waits for what follows.</summary>
    private Task<TrackedActivity> RepeatAsync(string action, JsonElement letter, string correlation) =>
        hosts.Workers.TrackActivity().DoNotAssertOnExceptionsDetected().ExecuteAndWaitAsync(
            correlation, async () => Assert.Equal(1, await CountAsync(action, letter)), Token);
}
