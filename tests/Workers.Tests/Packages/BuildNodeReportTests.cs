using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>What a node tells its master of a task, and what it does when that is not taken.</summary>
public sealed class BuildNodeReportTests : OneBuildNode
{
    [Fact]
    public async Task A_task_becomes_packages_a_log_and_a_report()
    {
        var commit = await CommitTallyAsync();
        Master.Queue(7, Repository.Url, "main", attempt: 3);
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.Equal("done", (string?)report["status"]);
        Assert.Equal(commit, (string?)report["git_commit_hash"]);
        Assert.Equal(["3"], Master.Attempts);
        Assert.All(Master.Credentials, credential => Assert.Equal("Bearer the-key", credential));
        Assert.Contains(Artifacts(report), a => a is { Type: "deb", Name: "tally_1.0_amd64.deb" });
        var log = Artifacts(report).Single(a => a.Type is "build_log");
        Assert.Matches(@"^albs\.7\.\d+\.log$", log.Name);
        foreach (var artifact in Artifacts(report))
            Assert.True(await Master.Store.ExistsAsync(artifact.Sha256, Cancellation));

        Assert.Equal(Master.Log, await ReadAsync(log));
        Assert.Contains("dpkg-buildpackage", Master.Log);
        await StopAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder["node"]));
    }

    [Fact]
    public async Task What_the_server_cannot_take_now_is_sent_again()
    {
        await CommitRulesAsync("false");
        Master.Queue(7, Repository.Url, "main");
        Master.Refuse("PUT log", 1);
        Master.Refuse("PUT upload", 1);
        Master.Refuse("POST build_done", 1);
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Contains("The build ended with", Master.Log);
    }

    [Theory]
    [InlineData("PUT log", 413)]
    [InlineData("PUT upload", 422)]
    [InlineData("POST build_done", 400)]
    public async Task What_the_server_will_never_take_fails_the_task_with_its_words(string kind, int status)
    {
        await CommitTallyAsync();
        Master.Queue(7, Repository.Url, "main");
        Master.Refuse(kind, 1, status);
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        var log = Assert.Single(Artifacts(report));
        var text = await ReadAsync(log);
        Assert.Contains($" answered {status}: No, never.\n", text);
        Assert.Equal(kind is "PUT log" ? "" : text, Master.Log);
        Assert.Empty(Master.HandedBack);
    }

    [Fact]
    public async Task A_task_whose_log_the_server_will_not_take_is_not_built_to_its_end()
    {
        await CommitRulesAsync("sleep 4719");
        Master.Queue(7, Repository.Url, "main");
        Master.Refuse("PUT log", 1, 413);
        await Running.StartAsync(Cancellation);

        Assert.Equal("failed", (string?)(await Master.Report.WaitAsync(Cancellation))["status"]);
        Assert.Equal(0, SandboxRun.Processes("sleep\04719"));
    }

    [Fact]
    public async Task A_task_whose_every_report_is_refused_is_handed_back_and_not_asked_for_again_at_once()
    {
        Master.Refuse("POST build_done", 1_000, 400);
        await Running.StartAsync(Cancellation);
        Master.Queue(7, "ext::x", "main");

        await HandedBackAsync();
    }

    [Fact]
    public async Task A_report_that_comes_too_late_is_no_trouble()
    {
        Master.ReportAnswer = 409;
        Master.Queue(7, "ext::x", "main", attempt: 1);
        Master.Queue(8, "ext::x", "main", attempt: 2);
        await Running.StartAsync(Cancellation);

        await Until.TrueAsync("The next task is reported.", () => Master.Attempts.Contains("2"), Cancellation);

        await StopAsync();
        Assert.Equal(["1", "2"], Master.Attempts.Order());
        Assert.Empty(Master.HandedBack);
    }

    private async Task<string> ReadAsync(ReportedArtifact log)
    {
        using var stored = new StreamReader((await Master.Store.OpenAsync(log.Sha256, range: null, Cancellation))!);
        return await stored.ReadToEndAsync(Cancellation);
    }
}
