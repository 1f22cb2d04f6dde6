using System.Text.Json;

namespace EventSourced.Api.Tests.Packages.Albs;

public sealed class NodeReportTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);

    [Theory]
    [InlineData("failed", 3)]
    [InlineData("excluded", 4)]
    public async Task What_a_node_says_about_its_failure_counts_at_once(string status, int number)
    {
        var (task, build) = await ClaimedAsync();

        await albs.Http.Post("/api/v1/build_node/build_done", $$$"""
            {"build_done": {"task_id": "{{{task}}}", "status": "{{{status}}}", "artifacts": [{"name": "albs.{{{task}}}.1.log", "type": "build_log", "href": "/a/4/", "path": "/x"}],
             "stats": {"build_node_task": {"start_ts": "2024-05-01 10:00:00.5", "end_ts": "2024-05-01 10:03:00", "delta": "0:02:59.5"} },
             "git_commit_hash": "0123456789012345678901234567890123456789", "is_cas_authenticated": "false"} }
            """.Replace("\"false\"", "false", StringComparison.Ordinal)).As(host.NodeToken).Expect(200);

        var seen = (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks")[0];
        Assert.Equal(number, seen.GetProperty("status").GetInt32());
        Assert.Equal("2024-05-01T10:00:00.5", seen.GetProperty("started_at").GetString());
        Assert.Equal("0123456789012345678901234567890123456789", seen.GetProperty("ref").GetProperty("git_commit_hash").GetString());
        Assert.Equal($"albs.{task}.1.log", seen.GetProperty("artifacts")[0].GetProperty("name").GetString());
        Assert.Equal("0:02:59.5", seen.GetProperty("performance_stats")[0].GetProperty("statistics").GetProperty("build_node_stats")
            .GetProperty("build_node_task").GetProperty("delta").GetString());
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("excluded")]
    public async Task The_log_of_a_failure_is_readable_also_when_its_digest_was_reported_wrong(string status)
    {
        var (task, build) = await ClaimedAsync();
        var href = await new PulpClient(host.Http, host.NodeToken).UploadAsync("why\n"u8.ToArray());

        await albs.Report(host.NodeToken, task, status, [new { name = $"albs.{task}.1.log", type = "build_log", href, sha256 = new string('0', 64) }]).Expect(200);

        Assert.Equal("why\n", (await albs.Http.Get($"/pulp/content/build_logs/build-{build}-build_log/albs.{task}.1.log").Expect(200)).Text);
        var error = (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks")[0].GetProperty("error").GetString();
        Assert.Contains($"albs.{task}.1.log: the reported SHA-256 000", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statistics_are_both_there_once_a_task_is_reported()
    {
        var (task, build) = await ClaimedAsync();
        Assert.Equal("[]", await StatisticsAsync());

        await albs.Report(host.NodeToken, task).Expect(200);

        Assert.Contains("""
            "statistics":{"build_node_stats":{},"build_done_stats":{}}
            """.Trim(), await StatisticsAsync(), StringComparison.Ordinal);

        async Task<string> StatisticsAsync() =>
            (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks")[0].GetProperty("performance_stats").GetRawText();
    }

    [Theory]
    [InlineData("/a/\u6728")]
    [InlineData("/a/1\n")]
    public async Task An_href_that_is_no_address_is_refused_and_the_task_goes_on(string href)
    {
        var (task, _) = await ClaimedAsync();

        await albs.Report(host.NodeToken, task, "failed", [new { name = "x.log", type = "build_log", href }]).Expect(422);

        await albs.Report(host.NodeToken, task, "failed").Expect(200);
    }

    [Fact]
    public async Task Of_reports_at_once_exactly_one_is_accepted()
    {
        var (task, _) = await ClaimedAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => albs.Report(host.NodeToken, task).Send()));

        Assert.Single(answers, a => a.Status is 200);
        Assert.All(answers.Where(a => a.Status is not 200), a => Assert.Equal((409, """{"ok":false}"""), (a.Status, a.Text)));
    }

    [Fact]
    public async Task A_node_that_never_held_the_task_is_refused_and_nothing_changes()
    {
        var (task, build) = await ClaimedAsync();
        var stranger = await albs.NewNodeAsync();

        var answer = await albs.Report(stranger, task).Expect(403);

        Assert.Equal(JsonValueKind.String, answer.Json.GetProperty("detail").ValueKind);
        Assert.Equal(1, await StatusAsync(build));
        await albs.Report(host.NodeToken, task).Expect(200);
        Assert.Equal("""{"ok":false}""", (await albs.Report(stranger, task).Expect(409)).Text);
    }

    [Fact]
    public async Task A_report_with_another_attempt_comes_too_late()
    {
        var (task, build) = await ClaimedAsync();

        var answer = await albs.Report(host.NodeToken, task).With("X-Attempt", "2").Expect(409);

        Assert.Equal("""{"ok":false}""", answer.Text);
        Assert.Equal(1, await StatusAsync(build));
        await albs.Report(host.NodeToken, task).With("X-Attempt", "1").Expect(200);
    }

    [Fact]
    public async Task An_unknown_task_is_not_found() =>
        Assert.Equal(JsonValueKind.String, (await albs.Report(host.NodeToken, 2_000_000_000).Expect(404)).Json.GetProperty("detail").ValueKind);

    [Fact]
    public async Task A_finished_task_frees_those_that_wait_for_it()
    {
        var (arch, platform) = await PlatformAsync();
        var build = await albs.SubmitAsync(platform, [arch], "https://git.example.org/a.git", "https://git.example.org/b.git");
        var first = build.GetProperty("tasks")[0].GetProperty("id").GetInt32();
        var second = build.GetProperty("tasks")[1].GetProperty("id").GetInt32();
        Assert.Equal(first, (await albs.ClaimAsync(host.NodeToken, [arch]))?.GetProperty("id").GetInt32());
        Assert.Null(await albs.ClaimAsync(host.NodeToken, [arch]));
        Assert.Equal([first], await WaitsForAsync(second));

        await albs.Report(host.NodeToken, first).Expect(200);

        Assert.Equal(second, (await albs.ClaimAsync(host.NodeToken, [arch]))?.GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task A_ping_names_the_tasks_that_are_not_the_nodes()
    {
        var (task, _) = await ClaimedAsync();
        var body = new { active_tasks = new[] { task, 2_000_000_000 } };

        Assert.Equal("{}", (await albs.Http.Post("/api/v1/build_node/ping", body).As(host.NodeToken).Expect(200)).Text);
        Assert.Equal($$"""{"lost_tasks":[{{task}}]}""", (await albs.Http.Post("/api/v1/build_node/ping/", body).As(await albs.NewNodeAsync()).Expect(200)).Text);
    }

    private async Task<(string Arch, string Platform)> PlatformAsync()
    {
        var arch = AlbsClient.NewName("a");
        return (arch, await albs.CreatePlatformAsync(arch));
    }

    private async Task<(int Task, int Build)> ClaimedAsync()
    {
        var (arch, platform) = await PlatformAsync();
        var build = await albs.SubmitAsync(platform, [arch], "https://git.example.org/a.git");
        var task = await albs.ClaimAsync(host.NodeToken, [arch]);
        return (task!.Value.GetProperty("id").GetInt32(), build.GetProperty("id").GetInt32());
    }

    private async Task<int> StatusAsync(int build) =>
        (await albs.Http.Get($"/api/v1/builds/{build}").Expect(200)).Json.GetProperty("tasks")[0].GetProperty("status").GetInt32();

    private async Task<IEnumerable<int>> WaitsForAsync(int task) =>
        (await albs.Http.Get($"/api/build-tasks/{task}").Expect(200)).Json.GetProperty("waits").GetProperty("for").EnumerateArray().Select(w => w.GetInt32());
}
