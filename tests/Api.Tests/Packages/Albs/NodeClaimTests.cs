using System.Text.Json;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages.Albs;

public sealed class NodeClaimTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);

    [Fact]
    public async Task Nodes_that_ask_at_once_never_share_a_task()
    {
        var platform = await albs.CreatePlatformAsync("race");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => albs.SubmitAsync(platform, ["race"], $"https://git.example.org/{i}.git")));

        var claims = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => albs.ClaimAsync(host.NodeToken, ["race"])));

        var handedOut = claims.OfType<JsonElement>().Select(t => t.GetProperty("id").GetInt32()).ToList();
        Assert.Equal(20, handedOut.Count);
        Assert.Equal(handedOut.Count, handedOut.Distinct().Count());
    }

    [Fact]
    public async Task The_lowest_id_of_the_asked_arches_comes_first()
    {
        var platform = await albs.CreatePlatformAsync("o1", "o2");
        var first = await albs.SubmitAsync(platform, ["o2"], "https://git.example.org/a.git");
        await albs.SubmitAsync(platform, ["o1"], "https://git.example.org/b.git");

        var claimed = await albs.ClaimAsync(host.NodeToken, ["o1", "o2"]);

        Assert.Equal(first.GetProperty("tasks")[0].GetProperty("id").GetInt32(), claimed?.GetProperty("id").GetInt32());
    }

    [Theory]
    [InlineData("""["", " ", "\n", null]""")]
    [InlineData("null")]
    public async Task What_says_nothing_excludes_nothing(string excluded)
    {
        var arch = AlbsClient.NewName("e");
        await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git");

        var answer = await albs.Http.Post("/api/v1/build_node/get_task", $$"""{"supported_arches": ["{{arch}}"], "excluded_packages": {{excluded}} }""").As(host.NodeToken).Expect(200);

        Assert.Equal(arch, answer.Json.GetProperty("arch").GetString());
    }

    [Fact]
    public async Task A_package_that_a_node_excludes_is_left_to_others()
    {
        var platform = await albs.CreatePlatformAsync("excl");
        await albs.SubmitAsync(platform, ["excl"], "https://git.example.org/rpms/Kernel.git");

        var body = new { supported_arches = new[] { "excl" }, excluded_packages = new[] { "kernel" } };
        Assert.Equal("null", (await albs.Http.Post("/api/v1/build_node/get_task", body).As(host.NodeToken).Expect(200)).Text);
        Assert.NotNull(await albs.ClaimAsync(host.NodeToken, ["excl"]));
    }

    [Theory]
    [InlineData("POST", "/api/v1/build_node/get_task", """{"supported_arches": ["none"]}""")]
    [InlineData("POST", "/api/v1/build_node/get_task/", """{"request": {"supported_arches": ["none"], "unknown": 1}}""")]
    [InlineData("GET", "/api/v1/build_node/get_task", """{"supported_arches": ["none"]}""")]
    public async Task Without_a_task_the_answer_is_null(string method, string path, string body)
    {
        var answer = await new HttpScenario(albs.Http, new HttpMethod(method), path, body).As(host.NodeToken).Expect(200);

        Assert.Equal("null", answer.Text);
        Assert.Equal("application/json", answer.ContentHeaders.ContentType?.MediaType);
    }

    [Fact]
    public async Task An_idle_node_that_waits_gets_a_task_as_it_arrives()
    {
        var platform = await albs.CreatePlatformAsync("wait");
        var waiting = albs.ClaimAsync(host.NodeToken, ["wait"], "?wait=60");

        var build = await albs.SubmitAsync(platform, ["wait"], "https://git.example.org/a.git");

        var task = await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(build.GetProperty("id").GetInt32(), task?.GetProperty("build_id").GetInt32());
    }

    [Fact]
    public async Task Each_of_several_waiting_nodes_gets_one_of_several_tasks()
    {
        var platform = await albs.CreatePlatformAsync("many");
        var waiting = Enumerable.Range(0, 8).Select(_ => albs.ClaimAsync(host.NodeToken, ["many"], "?wait=60")).ToList();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => albs.SubmitAsync(platform, ["many"], $"https://git.example.org/{i}.git")));

        var tasks = await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(8, tasks.OfType<JsonElement>().Select(t => t.GetProperty("id").GetInt32()).Distinct().Count());
    }

    [Fact]
    public async Task A_repeat_with_an_idempotency_key_gets_the_task_that_was_found_whichever_look_found_it()
    {
        var platform = await albs.CreatePlatformAsync("again");
        Assert.Equal("null", (await Keyed("again", "").Expect(200)).Text);
        var waiting = Keyed("again", "?wait=60", "waiting").Expect(200);
        await albs.SubmitAsync(platform, ["again"], "https://git.example.org/a.git");
        var first = await waiting;
        await albs.SubmitAsync(platform, ["again"], "https://git.example.org/b.git");

        var repeats = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Keyed("again", "?wait=60", "waiting").Expect(200)));
        Assert.All(repeats, repeat => Assert.Equal(first.Text, repeat.Text));
        await albs.Report(host.NodeToken, first.Json.GetProperty("id").GetInt32()).Expect(200);
        Assert.Equal(first.Json.GetProperty("id").GetInt32(), (await Keyed("again", "?wait=60", "waiting").Expect(200)).Json.GetProperty("id").GetInt32());

        var atOnce = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Keyed("again", "").Expect(200)));
        Assert.All(atOnce, claimed => Assert.Equal(atOnce[0].Text, claimed.Text));
        Assert.NotEqual(first.Json.GetProperty("id").GetInt32(), atOnce[0].Json.GetProperty("id").GetInt32());
        await Keyed("again", "?wait=1").Expect(422);
    }

    [Fact]
    public async Task A_task_that_was_handed_back_is_claimed_anew_by_a_repeat()
    {
        await albs.SubmitAsync(await albs.CreatePlatformAsync("back"), ["back"], "https://git.example.org/a.git");
        var first = (await Keyed("back", "").Expect(200)).Json;
        await albs.Http.Post($"/api/build-tasks/{first.GetProperty("id").GetInt32()}/hand-back").With("X-Attempt", "1").As(host.NodeToken).Expect(204);

        Assert.Equal(2, (await Keyed("back", "").Expect(200)).Json.GetProperty("attempt").GetInt32());
        Assert.Equal(2, (await Keyed("back", "").Expect(200)).Json.GetProperty("attempt").GetInt32());
    }

    [Fact]
    public async Task A_wait_ends_with_null() => Assert.Null(await albs.ClaimAsync(host.NodeToken, ["never"], "?wait=0.2"));

    [Fact]
    public async Task A_task_that_was_cancelled_is_not_given_out_again_by_a_repeat()
    {
        var node = await albs.NewNodeAsync();
        await albs.SubmitAsync(await albs.CreatePlatformAsync("gone"), ["gone"], "https://git.example.org/a.git");
        var claimed = (await Keyed("gone", "").As(node).Expect(200)).Json.GetProperty("id").GetInt32();
        await using (var scope = host.Services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(new CancelBuildTask(new BuildTaskId(claimed)), TestContext.Current.CancellationToken);

        Assert.Equal("null", (await Keyed("gone", "").As(node).Expect(200)).Text);
    }

    private HttpScenario Keyed(string arch, string query, string? key = null) =>
        albs.Http.Post("/api/v1/build_node/get_task" + query, new { supported_arches = new[] { arch } }).As(host.NodeToken).With("Idempotency-Key", key ?? arch);
}
