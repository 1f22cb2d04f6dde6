using System.Text;
using System.Text.Json;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages.Albs;

/// <summary>What follows from one task of a package for the others, and the end of builds nobody wants any more.</summary>
public sealed class SourceAndCancelTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private const string Commit = "0123456789012345678901234567890123456789";

    private readonly AlbsClient albs = new(hosts.Api);
    private readonly PulpClient pulp = new(hosts.Api.Http, hosts.Api.NodeToken);
    private readonly string arch = AlbsClient.NewName("a");
    private readonly string other = AlbsClient.NewName("b");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Node => hosts.Api.NodeToken;

    [Fact]
    public async Task The_second_arch_builds_the_commit_and_the_source_package_of_the_first()
    {
        var build = await SubmitAsync("https://git.example.org/tree.git");
        var first = await ClaimAsync(arch);

        await albs.Http.Post("/api/v1/build_node/build_done", new
        {
            task_id = first.GetProperty("id").GetInt32(), status = "failed", git_commit_hash = Commit,
            artifacts = await SourceAsync(),
        }).As(Node).Expect(200);

        var second = await ClaimAsync(other);
        Assert.Equal(Commit, second.GetProperty("ref").GetProperty("git_commit_hash").GetString());
        Assert.EndsWith($"-src-{build}-br/Packages/t/tree_2.1.dsc", second.GetProperty("built_srpm_url").GetString(), StringComparison.Ordinal);
        Assert.Equal("tree_2.1.dsc", (await TasksAsync(build))[1].GetProperty("artifacts")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Without_a_source_package_the_others_fail_fast_and_the_next_package_goes_on()
    {
        var build = await SubmitAsync("https://git.example.org/a.git", "https://git.example.org/b.git");
        var first = await ClaimAsync(arch);

        await albs.Report(Node, first.GetProperty("id").GetInt32()).Expect(200);

        var next = await ClaimAsync(arch);
        Assert.Equal("https://git.example.org/b.git", next.GetProperty("ref").GetProperty("url").GetString());
        await albs.Report(Node, next.GetProperty("id").GetInt32()).Expect(200);
        await FinishedAsync(build);
        var tasks = await TasksAsync(build);
        Assert.All(tasks, t => Assert.Equal(3, t.GetProperty("status").GetInt32()));
        Assert.All(new[] { tasks[1], tasks[3] }, t => Assert.StartsWith($"Fast failed: the build for {arch}", t.GetProperty("error").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_the_first_arch_was_excluded_the_next_one_hands_its_source_package_over()
    {
        var (build, third, second) = await FirstExcludedAsync();

        await albs.Report(Node, second, "failed", await SourceAsync()).Expect(200);

        var built = (await ClaimAsync(third)).GetProperty("built_srpm_url").GetString()!;
        Assert.EndsWith($"-src-{build}-br/Packages/t/tree_2.1.dsc", built, StringComparison.Ordinal);
        await albs.Http.Get(new Uri(built).AbsolutePath).Expect(200);
    }

    [Fact]
    public async Task Where_the_next_one_is_excluded_too_nobody_is_waited_for()
    {
        var (_, third, second) = await FirstExcludedAsync();
        var log = new { name = "albs.1.log", type = "build_log", href = await pulp.UploadAsync(Encoding.UTF8.GetBytes("excluded")) };
        var begun = TimeProvider.System.GetTimestamp();

        await albs.Report(Node, second, "excluded", [log]).Expect(200);

        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(9)); // the longest wait is 10
        Assert.Equal(JsonValueKind.Null, (await ClaimAsync(third)).GetProperty("built_srpm_url").ValueKind);
    }

    [Fact]
    public async Task Where_the_first_arch_was_excluded_and_the_next_one_fails_the_others_fail_fast()
    {
        var (build, _, second) = await FirstExcludedAsync();

        await albs.Report(Node, second).Expect(200);

        await FinishedAsync(build);
        var tasks = await TasksAsync(build);
        Assert.Equal([4, 3, 3], tasks.Select(t => t.GetProperty("status").GetInt32()));
        Assert.StartsWith($"Fast failed: the build for {other}", tasks[2].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_that_was_asked_for_is_handed_out_and_shown()
    {
        var platform = await albs.CreatePlatformAsync(arch);
        await albs.Http.Post("/api/v1/builds/", new
        {
            platforms = new[] { new { name = platform, arch_list = new[] { arch } } },
            tasks = new[] { new { url = "https://git.example.org/tree.git", git_ref = "main", git_commit_hash = Commit, enabled = false, module_version = "null", added_artifacts = new[] { "x" } } },
        }).As(albs.Admin).Expect(200);

        Assert.Equal(Commit, (await ClaimAsync(arch)).GetProperty("ref").GetProperty("git_commit_hash").GetString());
    }

    [Fact]
    public async Task What_waits_is_cancelled_and_the_running_task_of_a_node_that_cannot_be_told_goes_on()
    {
        var build = await SubmitAsync("https://git.example.org/a.git", "https://git.example.org/b.git");
        var running = (await albs.ClaimAsync(albs.Admin, [arch], "?wait=20"))!.Value.GetProperty("id").GetInt32();

        Assert.Equal("null", (await albs.Http.Patch($"/api/v1/builds/{build}/cancel").As(albs.Admin).Expect(200)).Text);

        var tasks = await TasksAsync(build);
        Assert.Equal([1, 5, 5, 5], tasks.Select(t => t.GetProperty("status").GetInt32()));
        Assert.All(tasks[1..], t => Assert.Equal("Build task cancelled by user", t.GetProperty("error").GetString()));
        Assert.Equal(204, (int)(await LogFollower.SendAsync(albs.Http, LogOf(tasks[1].GetProperty("id").GetInt32()), "0")).StatusCode);
        await albs.Report(albs.Admin, running).Expect(200);
        await FinishedAsync(build);
        Assert.Null(await albs.ClaimAsync(Node, [arch, other]));
    }

    [Fact]
    public async Task A_cancelled_task_that_is_handed_back_ends()
    {
        var build = await SubmitAsync("https://git.example.org/a.git");
        var running = (await albs.ClaimAsync(albs.Admin, [arch], "?wait=20"))!.Value.GetProperty("id").GetInt32();
        await albs.Http.Patch($"/api/v1/builds/{build}/cancel").As(albs.Admin).Expect(200);

        await albs.Http.Post($"/api/build-tasks/{running}/hand-back").As(albs.Admin).Expect(204);

        await FinishedAsync(build);
        Assert.All(await TasksAsync(build), t => Assert.Equal((5, "Build task cancelled by user"), (t.GetProperty("status").GetInt32(), t.GetProperty("error").GetString())));
        await albs.Report(albs.Admin, running).Expect(409);
        Assert.Null(await albs.ClaimAsync(Node, [arch, other]));
    }

    [Fact]
    public async Task A_registered_node_hears_of_it_with_its_next_ping()
    {
        var build = await SubmitAsync("https://git.example.org/a.git");
        var running = (await ClaimAsync(arch)).GetProperty("id").GetInt32();

        await albs.Http.Patch($"/api/v1/builds/{build}/cancel/").As(albs.Admin).Expect(200);
        await FinishedAsync(build);

        var lost = (await albs.Http.Post("/api/v1/build_node/ping", new { active_tasks = new[] { running } }).As(Node).Expect(200)).Json;
        Assert.Equal([running], lost.GetProperty("lost_tasks").EnumerateArray().Select(t => t.GetInt32()));
        Assert.Equal("""{"ok":false}""", (await albs.Report(Node, running).Expect(409)).Text);
    }

    [Fact]
    public async Task Who_follows_the_log_of_a_cancelled_task_is_told_it_once_also_when_it_is_put_away_at_once()
    {
        var build = await SubmitAsync("https://git.example.org/a.git");
        var running = (await ClaimAsync(arch)).GetProperty("id").GetInt32();
        await albs.Http.Put($"{LogOf(running)}?offset=0").As(Node).WithContent(new ByteArrayContent("one\n"u8.ToArray())).Expect(200);
        await using var live = await LogFollower.OpenAsync(albs.Http, LogOf(running));
        Assert.Equal(["log", "message"], (await live.UntilAsync("message")).Select(e => e.Name));
        var kept = await hosts.Api.Services.GetRequiredService<IArtifactStore>().PutAsync(new MemoryStream("one\n"u8.ToArray()), Token);
        await hosts.Api.Services.GetRequiredService<RunningLogs>().ForgetAsync(RunningLogs.StreamOf(new(running), 1), kept.Sha256, kept.SizeBytes, Token);

        await albs.Http.Patch($"/api/v1/builds/{build}/cancel/").As(albs.Admin).Expect(200);

        Assert.Equal([("end", """{"status":"cancelled"}""", "4")], await live.UntilAsync("end"));
    }

    [Fact]
    public async Task Cancelling_needs_a_build_and_somebody_who_may()
    {
        var build = await SubmitAsync("https://git.example.org/a.git");

        await albs.Http.Patch("/api/v1/builds/999999/cancel").As(albs.Admin).Expect(404);
        await albs.Http.Patch("/api/v1/builds/x/cancel").As(albs.Admin).Expect(422);
        await albs.Http.Patch($"/api/v1/builds/{build}/cancel").As(Node).Expect(403);
        Assert.All(await TasksAsync(build), t => Assert.Equal(0, t.GetProperty("status").GetInt32()));

        await albs.Http.Patch($"/api/v1/builds/{build}/cancel").As(albs.Admin).Expect(200);
        await albs.Http.Patch($"/api/v1/builds/{build}/cancel").As(albs.Admin).Expect(200);
    }

    private async Task<object[]> SourceAsync()
    {
        var (tarball, dsc, _) = DscFile.Make("tree", "2.1");
        return
        [
            new { name = "tree_2.1.dsc", type = "deb", href = await pulp.UploadAsync(dsc) }, new { name = "tree_2.1.tar.xz", type = "deb", href = await pulp.UploadAsync(tarball) },
        ];
    }

    private async Task<int> SubmitAsync(params string[] urls)
    {
        var platform = await albs.CreatePlatformAsync(arch, other);
        return (await albs.SubmitAsync(platform, [arch, other], urls)).GetProperty("id").GetInt32();
    }

    /// <summary>A build for three arches, and the running task of the second.</summary>
    private async Task<(int Build, string Third, int Second)> FirstExcludedAsync()
    {
        var third = AlbsClient.NewName("c");
        var build = (await albs.SubmitAsync(await albs.CreatePlatformAsync(arch, other, third), [arch, other, third], "https://git.example.org/tree.git")).GetProperty("id").GetInt32();
        await albs.Report(Node, (await ClaimAsync(arch)).GetProperty("id").GetInt32(), "excluded").Expect(200);
        var second = (await ClaimAsync(other)).GetProperty("id").GetInt32();
        return (build, third, second);
    }

    private static string LogOf(int task) => $"/api/build-tasks/{task}/log";

    private async Task<JsonElement> ClaimAsync(string wanted) =>
        await albs.ClaimAsync(Node, [wanted], "?wait=20") ?? throw new InvalidOperationException("The task was not handed out.");

    private async Task<JsonElement[]> TasksAsync(int build) =>
        [.. (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks").EnumerateArray()];

    private async Task FinishedAsync(int build) => await albs.Http.Get($"/api/builds/{build}/events").With("Accept", "text/event-stream").Expect(200);
}
