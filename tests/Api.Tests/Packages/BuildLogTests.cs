using System.Diagnostics;
using System.Net;
using System.Text;
using EventSourced.Api.Packages;
using EventSourced.Api.Tests.Packages.Albs;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages;

public sealed class BuildLogTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);

    [Fact]
    public async Task A_follower_sees_each_line_as_it_is_written_and_later_the_same_again()
    {
        var task = await ClaimedAsync();
        await using var live = await LogFollower.OpenAsync(albs.Http, Url(task));
        Assert.Equal(("log", """{"attempt":1,"offset":0}""", "0"), await live.NextAsync());

        await WriteAsync(task, 0, "one\ntw").Expect(200);
        Assert.Equal(("message", "one", "4"), await live.NextAsync());
        await WriteAsync(task, 6, "o\r\nrest").Expect(200);
        Assert.Equal(("message", "two", "9"), await live.NextAsync());
        await albs.Report(host.NodeToken, task).Expect(200);
        Assert.Equal(("message", "rest", "13"), await live.NextAsync());
        Assert.Equal(("end", """{"status":"failed"}""", "13"), await live.NextAsync());

        await using var later = await LogFollower.OpenAsync(albs.Http, Url(task));
        Assert.Equal(["", "one", "two", "rest", ""], (await later.UntilAsync("end")).Select(e => e.Name is "message" ? e.Data : ""));
        Assert.Equal("one\ntwo\r\nrest", (await albs.Http.Get(Url(task)).Expect(200)).Text);
        Assert.Equal(HttpStatusCode.NoContent, (await LogFollower.SendAsync(albs.Http, Url(task), "13")).StatusCode);
    }

    [Fact]
    public async Task Who_has_seen_the_end_of_a_task_without_log_is_told_to_stop()
    {
        var task = await ClaimedAsync();
        await using var live = await LogFollower.OpenAsync(albs.Http, Url(task));
        Assert.Equal("log", (await live.NextAsync()).Name);
        await using var early = await LogFollower.OpenAsync(albs.Http, Url(task), lastEventId: "0"); // there may be something yet

        await albs.Report(host.NodeToken, task).Expect(200);

        Assert.Equal(("end", """{"status":"failed"}""", "0"), await live.NextAsync());
        Assert.Equal(["log", "end"], (await early.UntilAsync("end")).Select(e => e.Name));
        Assert.Equal(HttpStatusCode.NoContent, (await LogFollower.SendAsync(albs.Http, Url(task), "0")).StatusCode);
        foreach (var elsewhere in (string?[])[null, "0@2"])
        {
            await using var later = await LogFollower.OpenAsync(albs.Http, Url(task), elsewhere);
            Assert.Equal(["log", "end"], (await later.UntilAsync("end")).Select(e => e.Name));
        }
    }

    [Theory]
    [InlineData(1, "node-1", false)]
    [InlineData(1, "node-2", true)]
    [InlineData(1, null, false)]
    [InlineData(2, "node-1", true)]
    [InlineData(2, null, true)]
    public void Another_attempt_and_another_nodes_report_are_another_log_but_a_cancelled_tasks_is_the_same(int attempt, string? node, bool isOther)
    {
        var running = new BuildLogState("build_task-1/1", 1, "node-1", BuildTaskStatus.Started, HasEnded: false, Artifact: null);
        var ended = new BuildLogState($"build_task-1/{attempt}", attempt, node, BuildTaskStatus.Cancelled, HasEnded: true, new StoredArtifact("aa", 4));

        Assert.Equal(isOther, ended.IsOtherThan(running));
    }

    [Fact]
    public async Task A_follower_goes_on_where_it_was()
    {
        var task = await ClaimedAsync();
        await WriteAsync(task, 0, "one\ntwo\nthree\n").Expect(200);
        await albs.Report(host.NodeToken, task).Expect(200);

        await using var follower = await LogFollower.OpenAsync(albs.Http, Url(task), lastEventId: "4");

        Assert.Equal(["4", "8", "14", "14"], (await follower.UntilAsync("end")).Select(e => e.Id));
    }

    [Fact]
    public async Task A_position_that_nobody_was_told_is_the_start()
    {
        var task = await ClaimedAsync();
        await WriteAsync(task, 0, "one\n").Expect(200);
        await using var live = await LogFollower.OpenAsync(albs.Http, Url(task), lastEventId: "1000");
        Assert.Equal("0", (await live.NextAsync()).Id);
        Assert.Equal("4", (await live.NextAsync()).Id);

        await albs.Report(host.NodeToken, task).Expect(200);

        await using var later = await LogFollower.OpenAsync(albs.Http, Url(task), lastEventId: "1000");
        Assert.Equal(["0", "4", "4"], (await later.UntilAsync("end")).Select(e => e.Id));
    }

    [Fact]
    public async Task A_piece_may_be_sent_again_and_may_overlap_but_leaves_no_gap()
    {
        var task = await ClaimedAsync();

        await WriteAsync(task, 0, "abc").Expect(200);
        Assert.Equal(3, End(await WriteAsync(task, 0, "abc").Expect(200)));
        Assert.Equal(5, End(await WriteAsync(task, 1, "bcde").Expect(200)));
        await WriteAsync(task, 6, "g").Expect(416);
        await WriteAsync(task, -1, "g").Expect(413);

        Assert.Equal("abcde", (await albs.Http.Get(Url(task)).Expect(200)).Text);
    }

    [Fact]
    public async Task Pieces_sent_at_once_are_kept_once()
    {
        var task = await ClaimedAsync();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => WriteAsync(task, 0, "0123456789"[..((i % 10) + 1)]).Expect(200)));

        Assert.Equal("0123456789", (await albs.Http.Get(Url(task)).Expect(200)).Text);
    }

    [Fact]
    public async Task Only_the_holder_writes()
    {
        var task = await ClaimedAsync();
        var other = await albs.NewNodeAsync();

        await albs.Http.Put($"{Url(task)}?offset=0").As(other).WithContent(new ByteArrayContent("x"u8.ToArray())).Expect(403);
        await albs.Http.Put($"{Url(task)}?offset=0").As(host.NodeToken).With("X-Attempt", "2").WithContent(new ByteArrayContent("x"u8.ToArray())).Expect(409);
        await albs.Http.Put("/api/build-tasks/2000000000/log?offset=0").As(host.NodeToken).WithContent(new ByteArrayContent("x"u8.ToArray())).Expect(404);
        await albs.Http.Put($"{Url(task)}?offset=0").WithContent(new ByteArrayContent("x"u8.ToArray())).Expect(401);
        await albs.Http.Put($"{Url(task)}?offset=0").As(host.NodeToken).WithContent(new ByteArrayContent(new byte[(4 * 1024 * 1024) + 1])).Expect(413);
        await albs.Report(host.NodeToken, task).Expect(200);
        await WriteAsync(task, 0, "late").Expect(403, 404);

        Assert.Equal("", (await albs.Http.Get(Url(task)).Expect(200)).Text);
        await albs.Http.Get("/api/build-tasks/2000000000/log").Expect(404);
    }

    [Fact]
    public async Task Many_followers_and_one_that_does_not_read_leave_the_writer_alone()
    {
        var task = await ClaimedAsync();
        await using var idle = await LogFollower.OpenAsync(albs.Http, Url(task));
        var followers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => LogFollower.OpenAsync(albs.Http, Url(task))));

        var line = new string('x', 1023) + "\n";
        long offset = 0;
        for (var piece = 0; piece < 8; piece++)
            offset = End(await WriteAsync(task, offset, string.Concat(Enumerable.Repeat(line, 16))).Expect(200));

        await albs.Report(host.NodeToken, task).Expect(200);

        var seen = await Task.WhenAll(followers.Select(f => f.UntilAsync("end")));
        Assert.All(seen, events => Assert.Equal(8 * 16, events.Count(e => e.Name is "message")));
        await Task.WhenAll(followers.Select(f => f.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task However_many_follow_a_log_it_is_read_once_for_all()
    {
        const int Followers = 200, Pieces = 10;
        var task = await ClaimedAsync();
        await WriteAsync(task, 0, "one\n").Expect(200);
        var followers = await Task.WhenAll(Enumerable.Range(0, Followers).Select(_ => LogFollower.OpenAsync(albs.Http, Url(task))));
        foreach (var follower in followers)
        {
            await follower.NextAsync();
            Assert.Equal("one", (await follower.NextAsync()).Data);
        }

        var begun = Stopwatch.GetTimestamp();
        using var reads = new LogReads(host.Database);
        for (var piece = 1; piece <= Pieces; piece++)
        {
            await WriteAsync(task, 4 * piece, "two\n").Expect(200);
            foreach (var follower in followers)
                Assert.Equal("two", (await follower.NextAsync()).Data);
        }

        // A piece: one query that appends it, and of the reader three for each time it looks: at the wake-up, and each second.
        var most = (Pieces + (int)Stopwatch.GetElapsedTime(begun).TotalSeconds + 1) * 8;
        Assert.InRange(reads.Count, Pieces, most);
        await Task.WhenAll(followers.Select(f => f.DisposeAsync().AsTask()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_500_000)]
    [InlineData(2_999_990)]
    public async Task Who_is_far_behind_reads_all_of_it(long from)
    {
        var task = await ClaimedAsync();
        await using var first = await LogFollower.OpenAsync(albs.Http, Url(task));
        var line = new string('x', 9) + "\n";
        for (var offset = 0; offset < 3_000_000; offset += 1_000_000)
            await WriteAsync(task, offset, string.Concat(Enumerable.Repeat(line, 100_000))).Expect(200);

        await using var behind = await LogFollower.OpenAsync(albs.Http, Url(task), from.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await behind.NextAsync();
        for (var position = from + 10; position <= 3_000_000; position += 10)
            Assert.Equal(("message", "xxxxxxxxx", position.ToString(System.Globalization.CultureInfo.InvariantCulture)), await behind.NextAsync());

        await albs.Report(host.NodeToken, task).Expect(200);
        Assert.Equal(["end"], (await behind.UntilAsync("end")).Select(e => e.Name));
        Assert.Equal(300_000, (await first.UntilAsync("end")).Count(e => e.Name is "message"));
    }

    [Fact]
    public async Task Who_is_far_behind_when_the_log_is_put_away_reads_on()
    {
        var task = await ClaimedAsync();
        await using var first = await LogFollower.OpenAsync(albs.Http, Url(task));
        await using var behind = await LogFollower.OpenAsync(albs.Http, Url(task));
        var piece = string.Concat(Enumerable.Repeat(new string('x', 9) + "\n", 100_000));
        for (var n = 0; n < 3; n++)
            await WriteAsync(task, n * piece.Length, piece).Expect(200);

        await albs.Report(host.NodeToken, task).Expect(200);
        await first.UntilAsync("end");
        var whole = new MemoryStream(Encoding.ASCII.GetBytes(piece + piece + piece));
        var artifact = await host.Services.GetRequiredService<IArtifactStore>().PutAsync(whole, TestContext.Current.CancellationToken);
        await host.Services.GetRequiredService<RunningLogs>().ForgetAsync($"build_task-{task}/1", artifact.Sha256, artifact.SizeBytes, TestContext.Current.CancellationToken);

        Assert.Equal(300_000, (await behind.UntilAsync("end")).Count(e => e.Name is "message"));
    }

    [Fact]
    public async Task A_line_without_end_is_cut()
    {
        var task = await ClaimedAsync();
        await WriteAsync(task, 0, new string('x', 100_000)).Expect(200);
        await albs.Report(host.NodeToken, task).Expect(200);

        await using var follower = await LogFollower.OpenAsync(albs.Http, Url(task));

        Assert.Equal([64 * 1024, 100_000 - (64 * 1024)], (await follower.UntilAsync("end")).Where(e => e.Name is "message").Select(e => e.Data.Length));
    }

    private HttpScenario WriteAsync(int task, long offset, string text) =>
        albs.Http.Put($"{Url(task)}?offset={offset}").As(host.NodeToken).With("X-Attempt", "1").WithContent(new ByteArrayContent(Encoding.UTF8.GetBytes(text)));

    private static long End(Answer answer) => answer.Json.GetProperty("offset").GetInt64();

    private static string Url(int task) => $"/api/build-tasks/{task}/log";

    private async Task<int> ClaimedAsync()
    {
        var arch = AlbsClient.NewName("a");
        await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git");
        return (await albs.ClaimAsync(host.NodeToken, [arch]))!.Value.GetProperty("id").GetInt32();
    }
}
