using System.Text.Json.Nodes;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventSourced.Workers.Tests.Packages;

public sealed class BuildNodeTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private GitRepository _repository = null!;
    private NodeMaster _master = null!;
    private IHost _node = null!;

    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Cancellation => _end.Token;

    public async ValueTask InitializeAsync()
    {
        _end.CancelAfter(TimeSpan.FromMinutes(2));
        _repository = await GitRepository.StartAsync();
        _master = await NodeMaster.StartAsync();
        await File.WriteAllTextAsync(_folder["node-build.token"], "the-key\n", Cancellation);
        _node = Node();
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _master.DisposeAsync();
        await _repository.DisposeAsync();
        _folder.Dispose();
        _end.Dispose();
    }

    [Fact]
    public async Task A_task_becomes_packages_a_log_and_a_report()
    {
        var commit = await CommitTallyAsync();
        _master.Queue(7, _repository.Url, "main", attempt: 3);
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.Equal("done", (string?)report["status"]);
        Assert.Equal(commit, (string?)report["git_commit_hash"]);
        Assert.Equal(["3"], _master.Attempts);
        Assert.All(_master.Credentials, credential => Assert.Equal("Bearer the-key", credential));
        Assert.Contains(Artifacts(report), a => a is { Type: "deb", Name: "tally_1.0_amd64.deb" });
        var log = Artifacts(report).Single(a => a.Type is "build_log");
        Assert.Matches(@"^albs\.7\.\d+\.log$", log.Name);
        foreach (var artifact in Artifacts(report))
            Assert.True(await _master.Store.ExistsAsync(artifact.Sha256, Cancellation));

        using var stored = new StreamReader((await _master.Store.OpenAsync(log.Sha256, range: null, Cancellation))!);
        Assert.Equal(_master.Log, await stored.ReadToEndAsync(Cancellation));
        Assert.Contains("dpkg-buildpackage", _master.Log);
        await StopAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["node"]));
    }

    [Theory]
    [InlineData("ext::sh", "main", "only https and http")]
    [InlineData("--upload-pack=touch", "main", "not an absolute URL")]
    [InlineData("http://127.0.0.1:1/x.git", "--output=/tmp/x", "not a valid name")]
    [InlineData("http://127.0.0.2:1/x.git", "main", "private address")]
    public async Task A_hostile_source_is_a_failed_task_with_the_reason_in_its_log(string url, string reference, string reason)
    {
        _master.Queue(7, url, reference);
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Contains(reason, _master.Log);
        Assert.Single(Artifacts(report));
    }

    [Fact]
    public async Task A_package_of_another_kind_is_a_failed_task()
    {
        await CommitTallyAsync();
        _master.Queue(7, _repository.Url, "main", type: "apk");
        await _node.StartAsync(Cancellation);

        Assert.Equal("failed", (string?)(await _master.Report.WaitAsync(Cancellation))["status"]);
        Assert.Contains("of type apk", _master.Log);
    }

    [Fact]
    public async Task What_the_server_cannot_take_now_is_sent_again()
    {
        await CommitRulesAsync("false");
        _master.Queue(7, _repository.Url, "main");
        _master.Refuse("PUT log", 1);
        _master.Refuse("PUT upload", 1);
        _master.Refuse("POST build_done", 1);
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Contains("The build ended with", _master.Log);
    }

    [Fact]
    public async Task A_task_that_was_taken_away_is_ended_and_not_reported()
    {
        await CommitRulesAsync("echo build is running; sleep 4715");
        _master.Queue(7, _repository.Url, "main");
        await _node.StartAsync(Cancellation);
        await _master.LogContainsAsync("build is running\n").WaitAsync(Cancellation);

        _master.Lost = 7;
        await _master.Pinged.Task.WaitAsync(Cancellation);
        _master.Queue(8, "ext::x", "main");

        Assert.Equal(8, (int?)(await _master.Report.WaitAsync(Cancellation))["task_id"]);
        Assert.Equal(0, SandboxRun.Processes("sleep\04715"));
        Assert.Empty(_master.HandedBack);
    }

    [Fact]
    public async Task A_report_that_comes_too_late_is_no_trouble()
    {
        _master.ReportAnswer = 409;
        _master.Queue(7, "ext::x", "main");
        await _node.StartAsync(Cancellation);
        await _master.Report.WaitAsync(Cancellation);

        await StopAsync();
    }

    [Fact]
    public async Task Stopping_ends_a_long_build_after_the_grace_hands_it_back_and_takes_no_more()
    {
        await CommitRulesAsync("echo build is running; sleep 4716");
        _master.Queue(7, _repository.Url, "main");
        await _node.StartAsync(Cancellation);
        await _master.LogContainsAsync("build is running\n").WaitAsync(Cancellation);
        _master.Queue(8, _repository.Url, "main");
        _master.Refuse("POST hand-back", 1);

        await StopAsync();

        Assert.False(_master.Report.IsCompleted);
        Assert.Equal([(7, "1")], _master.HandedBack);
        Assert.Equal(1, _master.Asked);
        Assert.Equal(0, SandboxRun.Processes("sleep\04716"));
    }

    private Task StopAsync() => _node.StopAsync(Cancellation);

    private IHost Node()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Path"] = _folder.Path, ["Node:MasterUrl"] = _master.Address.ToString(), ["Node:Arches:0"] = "amd64", ["Node:PingInterval"] = "00:00:00.1",
            ["Node:ShutdownGrace"] = "00:00:00.5", ["Git:PrivateHosts:0"] = "127.0.0.1",
        });
        builder.Services.AddBuildNode();
        return builder.Build();
    }

    private Task<string> CommitTallyAsync()
    {
        var files = Directory.EnumerateFiles(Samples.Tally, "*", SearchOption.AllDirectories);
        return _repository.CommitAsync([.. files.Select(file => (Path.GetRelativePath(Samples.Tally, file), File.ReadAllText(file)))]);
    }

    private async Task CommitRulesAsync(string command)
    {
        await CommitTallyAsync();
        await _repository.CommitAsync(("debian/rules", $"#!/usr/bin/make -f\nclean:\nbinary build:\n\t{command}\n"));
    }

    private static IReadOnlyList<ReportedArtifact> Artifacts(JsonObject report) =>
        [.. report["artifacts"]!.AsArray().Select(a => new ReportedArtifact((string)a!["name"]!, (string)a["type"]!, (string)a["href"]!, (string)a["sha256"]!))];
}
