using EventSourced.Api.Tests.Packages.Albs;

namespace EventSourced.Api.Tests.Packages;

public sealed class HandBackTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);
    private readonly string arch = AlbsClient.NewName("a");

    [Fact]
    public async Task A_task_that_is_handed_back_goes_to_the_node_that_waits()
    {
        var (first, task) = await ClaimedAsync();
        var second = await albs.NewNodeAsync();
        var waiting = albs.ClaimAsync(second, [arch], "?wait=60");

        await HandBack(task, 1).As(first).Expect(204);

        var again = await waiting;
        Assert.Equal((task, 2), (again?.GetProperty("id").GetInt32(), again?.GetProperty("attempt").GetInt32()));
        await albs.Report(first, task).With("X-Attempt", "1").Expect(409);
        await albs.Report(second, task).With("X-Attempt", "2").Expect(200);
    }

    [Fact]
    public async Task Repeats_and_late_ones_change_nothing()
    {
        var (first, task) = await ClaimedAsync();
        await HandBack(task, 1).As(first).Expect(204);
        await HandBack(task, 1).As(first).Expect(204);
        var second = await albs.NewNodeAsync();
        Assert.NotNull(await albs.ClaimAsync(second, [arch]));

        await HandBack(task, 1).As(first).Expect(204);
        await HandBack(task, 2).As(first).Expect(204);

        var events = (await albs.Http.Get($"/api/streams/events?key=build_task-{task}").As(albs.Admin).Expect(200)).Json;
        Assert.Equal(
            ["build_task_queued", "build_task_assigned", "build_task_requeued", "build_task_assigned"],
            events.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_task_whose_answer_cannot_be_made_is_handed_back(bool repeatable)
    {
        var build = await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git");
        var (id, task) = (build.GetProperty("id").GetInt32(), build.GetProperty("tasks")[0].GetProperty("id").GetInt32());
        await ExecuteAsync($"update mt_doc_builddetails set data = jsonb_set(data, '{{OwnerId}}', '\"nobody\"') where id = 'build-{id}'");

        var node = await albs.NewNodeAsync();
        var claim = albs.Http.Post("/api/v1/build_node/get_task", new { supported_arches = new[] { arch } }).As(node);
        await (repeatable ? claim.With("Idempotency-Key", "k") : claim).Expect(500);

        var events = (await albs.Http.Get($"/api/streams/events?key=build_task-{task}").As(albs.Admin).Expect(200)).Json;
        Assert.Equal(
            ["build_task_queued", "build_task_assigned", "build_task_requeued"], events.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task Only_a_node_that_held_it_may()
    {
        var (_, task) = await ClaimedAsync();

        await HandBack(task, 1).As(await albs.NewNodeAsync()).Expect(403);
        await HandBack(task, 1).Expect(401);
        await HandBack(int.MaxValue, 1).As(await albs.NewNodeAsync()).Expect(404);

        Assert.Equal("started", (await albs.Http.Get($"/api/build-tasks/{task}").Expect(200)).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task By_the_version_that_was_read_it_happens_on_that_version_or_not_at_all()
    {
        var (node, task) = await ClaimedAsync();
        var read = await albs.Http.Get($"/api/build-tasks/{task}").Expect(200);
        Assert.Equal("\"2\"", read.Header("ETag"));
        Assert.Equal("\"1\"", (await albs.Http.Get($"/api/builds/{read.Json.GetProperty("buildId").GetInt32()}").Expect(200)).Header("ETag"));

        await HandBack(task, 1).As(node).With("If-Match", "\"1\"").Expect(412);
        await HandBack(task, 1).As(node).With("If-Match", read.Header("ETag")).Expect(204);
        await HandBack(task, 1).As(node).With("If-Match", read.Header("ETag")).Expect(412);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = host.Database.DataSource.CreateCommand(sql);
        Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
    }

    private HttpScenario HandBack(int task, int attempt) => albs.Http.Post($"/api/build-tasks/{task}/hand-back").With("X-Attempt", $"{attempt}");

    private async Task<(string Node, int Task)> ClaimedAsync()
    {
        var node = await albs.NewNodeAsync();
        await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git");
        return (node, (await albs.ClaimAsync(node, [arch]))!.Value.GetProperty("id").GetInt32());
    }
}
