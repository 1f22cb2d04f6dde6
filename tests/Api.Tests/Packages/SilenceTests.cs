extern alias workers;

using System.Text;
using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;
using Microsoft.Extensions.DependencyInjection;
using workers::EventSourced.Workers.Packages.Logs;

namespace EventSourced.Api.Tests.Packages;

/// <summary>Both hosts, and nodes that lose their tasks after three seconds: shorter than any wait, longer than a machine with two cores may stall.</summary>
public sealed class ImpatientHosts : BothHosts
{
    public ImpatientHosts() => Api.Settings["Packages:Nodes:RegisteredSilence"] = Api.Settings["Packages:Nodes:Silence"] = "00:00:03";
}

public sealed class SilenceTests(ImpatientHosts hosts) : IClassFixture<ImpatientHosts>
{
    private readonly AlbsClient albs = new(hosts.Api);
    private readonly string arch = AlbsClient.NewName("a");

    [Fact]
    public async Task A_silent_nodes_task_is_handed_out_again_and_the_first_report_counts()
    {
        var (task, build, silent, second) = await HandedOutTwiceAsync();

        Assert.Equal($$"""{"lost_tasks":[{{task}}]}""", (await albs.Http.Post("/api/v1/build_node/ping", new { active_tasks = new[] { task } }).As(silent).Expect(200)).Text);
        await albs.Report(silent, task).With("X-Attempt", "1").Expect(409);
        await albs.Report(silent, task).Expect(200);
        await albs.Report(second, task).With("X-Attempt", "2").Expect(409);

        Assert.Equal(3, (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks")[0].GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Administrators_see_when_a_node_was_last_heard_of()
    {
        var start = TimeProvider.System.GetUtcNow();
        var node = (await albs.Http.Post("/api/nodes", new { name = AlbsClient.NewName("node") }).As(albs.Admin).Expect(201)).Json;
        var id = node.GetProperty("id").GetInt32();
        Assert.Equal(JsonValueKind.Null, (await NodeAsync()).GetProperty("lastHeardAt").ValueKind);

        await albs.Http.Post("/api/v1/build_node/ping", new { active_tasks = Array.Empty<int>() }).As(node.GetProperty("token").GetString()!).Expect(200);

        var heard = (await NodeAsync()).GetProperty("lastHeardAt").GetDateTimeOffset();
        Assert.InRange(heard, start, TimeProvider.System.GetUtcNow());
        var listed = (await albs.Http.Get("/api/nodes").As(albs.Admin).Expect(200)).Json.EnumerateArray().Single(n => n.GetProperty("id").GetInt32() == id);
        Assert.Equal(heard, listed.GetProperty("lastHeardAt").GetDateTimeOffset());

        async Task<JsonElement> NodeAsync() => (await albs.Http.Get($"/api/nodes/{id}").As(albs.Admin).Expect(200)).Json;
    }

    [Fact]
    public async Task A_node_that_pings_keeps_its_task()
    {
        var node = await albs.NewNodeAsync();
        var (task, _) = await ClaimedAsync(node);
        var other = albs.ClaimAsync(await albs.NewNodeAsync(), [arch], "?wait=7");

        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (!other.IsCompleted && await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken))
            Assert.Equal("{}", (await albs.Http.Post("/api/v1/build_node/ping", new { active_tasks = new[] { task } }).As(node).Expect(200)).Text);

        Assert.Null(await other);
        await albs.Report(node, task).With("X-Attempt", "1").Expect(200);
    }

    [Fact]
    public async Task A_cancelled_task_ends_when_the_node_that_could_not_be_told_falls_silent()
    {
        var (_, build) = await ClaimedAsync(albs.Admin);
        await albs.Http.Patch($"/api/v1/builds/{build}/cancel").As(albs.Admin).Expect(200);

        await albs.Http.Get($"/api/builds/{build}/events").With("Accept", "text/event-stream").Expect(200); // until it is finished

        var task = (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks")[0];
        Assert.Equal((5, "Build task cancelled by user"), (task.GetProperty("status").GetInt32(), task.GetProperty("error").GetString()));
        Assert.Null(await albs.ClaimAsync(await albs.NewNodeAsync(), [arch]));
    }

    [Fact]
    public async Task A_follower_is_told_that_the_log_begins_anew_and_all_of_it_becomes_artifacts()
    {
        var first = await albs.NewNodeAsync();
        var (task, _) = await ClaimedAsync(first);
        await WriteAsync(task, first, "of the first\n");
        await using var follower = await LogFollower.OpenAsync(albs.Http, $"/api/build-tasks/{task}/log");
        Assert.Equal("of the first", (await follower.UntilAsync("message"))[^1].Data);

        var second = await albs.NewNodeAsync();
        Assert.NotNull(await albs.ClaimAsync(second, [arch], "?wait=60"));
        await WriteAsync(task, second, "of the second\n");

        Assert.Equal(("log", """{"attempt":2,"offset":0}""", "0@2"), await follower.NextAsync());
        Assert.Equal(("message", "of the second", "14@2"), await follower.NextAsync());
        await albs.Report(second, task).With("X-Attempt", "2").Expect(200);
        Assert.Equal("end", (await follower.NextAsync()).Name);

        await PutAwayAsync();
        await using var late = hosts.Api.Database.DataSource.CreateCommand($"""insert into es.log_chunks (stream, "offset", bytes) values ('build_task-{task}/1', 13, 'late')""");
        await late.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await PutAwayAsync();
        Assert.Equal("of the second\n", (await albs.Http.Get($"/api/build-tasks/{task}/log").Expect(200)).Text);
        await using var later = await LogFollower.OpenAsync(albs.Http, $"/api/build-tasks/{task}/log", lastEventId: "13");
        Assert.Equal(["0@2", "14@2", "14@2"], (await later.UntilAsync("end")).Select(e => e.Id));
        Assert.Equal(204, (int)(await LogFollower.SendAsync(albs.Http, $"/api/build-tasks/{task}/log", lastEventId: "14@2")).StatusCode);
    }

    private async Task PutAwayAsync()
    {
        var archive = hosts.Workers.GetRequiredService<BuildLogArchive>();
        await archive.SweepAsync(TestContext.Current.CancellationToken);
        await using var count = hosts.Api.Database.DataSource.CreateCommand("select count(*) from es.log_chunks");
        Assert.Equal(0L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    private async Task<(int Task, int Build, string Silent, string Second)> HandedOutTwiceAsync()
    {
        var silent = await albs.NewNodeAsync();
        var second = await albs.NewNodeAsync();
        var (task, build) = await ClaimedAsync(silent);

        var again = await albs.ClaimAsync(second, [arch], "?wait=60");

        Assert.Equal((task, 2), (again?.GetProperty("id").GetInt32(), again?.GetProperty("attempt").GetInt32()));
        return (task, build, silent, second);
    }

    private async Task<(int Task, int Build)> ClaimedAsync(string node)
    {
        var build = await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git");
        return ((await albs.ClaimAsync(node, [arch]))!.Value.GetProperty("id").GetInt32(), build.GetProperty("id").GetInt32());
    }

    private Task<Answer> WriteAsync(int task, string node, string text) =>
        albs.Http.Put($"/api/build-tasks/{task}/log?offset=0").As(node).WithContent(new ByteArrayContent(Encoding.UTF8.GetBytes(text))).Expect(200);
}
