using System.Text.Json.Nodes;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;
using EventSourced.Workers.Tests.Hosting;
using Microsoft.AspNetCore.Http;
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
        await _node.StopAsync(CancellationToken.None);
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

        Assert.Equal(_master.Log, await ReadAsync(log));
        Assert.Contains("dpkg-buildpackage", _master.Log);
        await StopAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["node"]));
    }

    [Fact]
    public async Task A_dependency_that_the_tasks_repositories_do_not_have_fails_the_task_by_name()
    {
        await CommitTallyAsync();
        await _repository.CommitAsync(("debian/control", (await File.ReadAllTextAsync(Path.Combine(Samples.Tally, "debian/control"), Cancellation))
            .Replace("Build-Depends: ", "Build-Depends: no-such-package, ", StringComparison.Ordinal)));
        _master.Queue(7, _repository.Url, "main", repository: new Uri(_master.Address, "/pulp/content/builds/Demo-amd64-40-br/").AbsoluteUri);
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Contains("The repository Demo-amd64-40-br has no index.\n", _master.Log);
        Assert.Contains("\nMissing build dependencies: no-such-package. ", _master.Log);
        await StopAsync();
    }

    [Theory]
    [InlineData("main", 1)]
    [InlineData("v1", 2)]
    [InlineData(null, 4)]
    public async Task An_rpm_is_built_from_a_branch_a_tag_and_a_commit(string? reference, int refType)
    {
        var commit = await CommitAsync(Samples.Greet);
        await _repository.GitAsync("tag", "v1");
        _master.Queue(7, _repository.Url, reference ?? commit, type: "rpm", arch: "x86_64", refType: refType);
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.True((string?)report["status"] is "done", _master.Log);
        Assert.Equal(commit, (string?)report["git_commit_hash"]);
        Assert.Equal(["greet-1.0-1.d9.src.rpm", "greet-1.0-1.d9.x86_64.rpm"], Artifacts(report).Where(a => a.Type is "rpm").Select(a => a.Name));
        Assert.Matches(@"^albs\.7\.\d+\.log mock_build\.7\.\d+\.log$", string.Join(' ', Artifacts(report).Where(a => a.Type is "build_log").Select(a => a.Name).Order()));
    }

    [Fact]
    public async Task An_rpm_is_built_from_the_url_of_a_source_package()
    {
        var source = await GreetSourceAsync();
        await using var server = await LocalServer.StartAsync(
            async context =>
            {
                if (context.Request.Path == "/greet-1.0-1.src.rpm")
                    context.Response.Redirect("/files/greet-1.0-1.src.rpm");
                else
                    await context.Response.SendFileAsync(source, context.RequestAborted);
            },
            Cancellation);
        _master.Queue(7, $"{server.Address}greet-1.0-1.src.rpm", null, type: "rpm", arch: "x86_64", refType: 3);
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.True((string?)report["status"] is "done", _master.Log);
        Assert.Equal(["greet-1.0-1.d9.src.rpm", "greet-1.0-1.d9.x86_64.rpm"], Artifacts(report).Where(a => a.Type is "rpm").Select(a => a.Name));
        Assert.Null((string?)report["git_commit_hash"]);
    }

    [Fact]
    public async Task An_rpm_is_built_from_the_source_package_built_before_once_that_is_published()
    {
        _master.Sources["greet-1.0-1.src.rpm"] = await File.ReadAllBytesAsync(await GreetSourceAsync(), Cancellation);
        _master.Refuse("GET source", 1);
        _master.Queue(7, _repository.Url, "main", type: "rpm", arch: "x86_64", builtSource: _master.SourceUrl("greet-1.0-1.src.rpm"));
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.True((string?)report["status"] is "done", _master.Log);
        Assert.Equal("greet-1.0-1.d9.x86_64.rpm", Artifacts(report).Single(a => a.Type is "rpm").Name);
        Assert.All(_master.SourcesAsked, asked => Assert.Equal("Bearer the-key", asked.Credential));
    }

    [Fact]
    public async Task A_deb_is_built_from_the_source_package_built_before()
    {
        var (built, log) = await BuildRun.BuildTreeAsync(BuildRun.Task("deb", "src"), Samples.Tally, _folder["built"], Cancellation);
        Assert.True(built.Status is "done", log);
        foreach (var file in built.Files)
            _master.Sources[Path.GetFileName(file)] = await File.ReadAllBytesAsync(file, Cancellation);

        _master.Queue(7, _repository.Url, "main", builtSource: _master.SourceUrl("tally_1.0.dsc"));
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.True((string?)report["status"] is "done", _master.Log);
        Assert.Contains(Artifacts(report), a => a is { Type: "deb", Name: "tally_1.0_amd64.deb" });
        Assert.DoesNotContain(Artifacts(report), a => a.Name.EndsWith(".dsc", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_package_of_another_digest_is_a_failed_task_and_other_servers_get_no_key()
    {
        var credential = "";
        await using var server = await LocalServer.StartAsync(
            context =>
            {
                credential = context.Request.Headers.Authorization.ToString();
                return context.Response.WriteAsync("no package", Cancellation);
            },
            Cancellation);
        _master.Queue(7, _repository.Url, "main", type: "rpm", arch: "x86_64", builtSource: $"{server.Address}greet-1.0-1.src.rpm", hash: new string('0', 64));
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Contains("instead of 0000", _master.Log);
        Assert.Equal("", credential);
    }

    [Fact]
    public async Task A_package_that_is_not_meant_for_the_arch_is_excluded()
    {
        await _repository.CommitAsync(("odd.spec", "Name: odd\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\nExclusiveArch: s390x\n%description\nx\n%files\n"));
        _master.Queue(7, _repository.Url, "main", type: "rpm", arch: "x86_64");
        await _node.StartAsync(Cancellation);

        Assert.Equal("excluded", (string?)(await _master.Report.WaitAsync(Cancellation))["status"]);
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

    [Theory]
    [InlineData("PUT log", 413)]
    [InlineData("PUT upload", 422)]
    [InlineData("POST build_done", 400)]
    public async Task What_the_server_will_never_take_fails_the_task_with_its_words(string kind, int status)
    {
        await CommitTallyAsync();
        _master.Queue(7, _repository.Url, "main");
        _master.Refuse(kind, 1, status);
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        var log = Assert.Single(Artifacts(report));
        var text = await ReadAsync(log);
        Assert.Contains($" answered {status}: No, never.\n", text);
        Assert.Equal(kind is "PUT log" ? "" : text, _master.Log);
        Assert.Empty(_master.HandedBack);
    }

    [Fact]
    public async Task A_task_whose_log_the_server_will_not_take_is_not_built_to_its_end()
    {
        await CommitRulesAsync("sleep 4719");
        _master.Queue(7, _repository.Url, "main");
        _master.Refuse("PUT log", 1, 413);
        await _node.StartAsync(Cancellation);

        Assert.Equal("failed", (string?)(await _master.Report.WaitAsync(Cancellation))["status"]);
        Assert.Equal(0, SandboxRun.Processes("sleep\04719"));
    }

    [Fact]
    public async Task A_task_whose_every_report_is_refused_is_handed_back_and_not_asked_for_again_at_once()
    {
        _master.Refuse("POST build_done", 1_000, 400);
        await _node.StartAsync(Cancellation);
        _master.Queue(7, "ext::x", "main");

        await HandedBackAsync();
    }

    [Theory]
    [InlineData("/proc/self/task")] // a folder that takes no files
    [InlineData("/proc/self/nowhere")] // one that cannot be made
    public async Task A_node_without_room_for_its_work_hands_a_task_back_and_does_not_ask_again_at_once(string workPath)
    {
        _node.Dispose();
        _node = Node(workPath);
        await _node.StartAsync(Cancellation);
        _master.Queue(7, "ext::x", "main");

        await HandedBackAsync();
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
    public async Task A_build_that_forks_for_ever_is_ended_within_five_seconds_of_the_news()
    {
        await CommitRulesAsync("echo build is running; while :; do setsid sh -c 'trap \"\" TERM; sleep 4717' & done");
        _master.Queue(7, _repository.Url, "main");
        await _node.StartAsync(Cancellation);
        await _master.LogContainsAsync("build is running\n").WaitAsync(Cancellation);

        _master.Lost = 7;
        await _master.Pinged.Task.WaitAsync(Cancellation);
        var learned = TimeProvider.System.GetTimestamp();
        _master.Queue(8, "ext::x", "main");

        Assert.Equal(8, (int?)(await _master.Report.WaitAsync(Cancellation))["task_id"]);
        Assert.Equal(0, SandboxRun.Processes("sleep\04717"));
        Assert.InRange(TimeProvider.System.GetElapsedTime(learned), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_ping_may_be_answered_after_the_run_it_takes_away_has_ended()
    {
        await CommitRulesAsync("sleep 1; false");
        var over = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        _master.AnswerNextPing = async () =>
        {
            asked.SetResult();
            await over.Task;
            return Results.Json(new { lost_tasks = new[] { 7 } });
        };
        _master.Queue(7, _repository.Url, "main");
        await _node.StartAsync(Cancellation);
        await asked.Task.WaitAsync(Cancellation);
        Assert.Equal(7, (int?)(await _master.Report.WaitAsync(Cancellation))["task_id"]);
        await Until.TrueAsync("The run is over.", () => _master.Asked > 1, Cancellation);

        over.SetResult();

        await PingsAsync(3);
        await StopAsync();
    }

    [Fact]
    public async Task After_an_answer_that_cannot_be_read_the_next_ping_comes()
    {
        await CommitRulesAsync("echo build is running; sleep 4718");
        _master.AnswerNextPing = () => Task.FromResult(Results.Text("<html>", "application/json"));
        _master.Queue(7, _repository.Url, "main");
        await _node.StartAsync(Cancellation);
        await _master.Pinged.Task.WaitAsync(Cancellation);

        await PingsAsync(3);
        await StopAsync();
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

    private async Task HandedBackAsync()
    {
        await Until.TrueAsync("The task is handed back.", () => !_master.HandedBack.IsEmpty, Cancellation);
        var asked = _master.Asked;
        await PingsAsync(15);

        Assert.Equal([(7, "1")], _master.HandedBack);
        Assert.Equal(asked, _master.Asked);
        Assert.False(_master.Report.IsCompleted);
        await StopAsync();
    }

    private async Task<string> ReadAsync(ReportedArtifact log)
    {
        using var stored = new StreamReader((await _master.Store.OpenAsync(log.Sha256, range: null, Cancellation))!);
        return await stored.ReadToEndAsync(Cancellation);
    }

    /// <summary>Returns after so many pings more.</summary>
    private async Task PingsAsync(int count)
    {
        while (_master.Pings.Reader.TryRead(out _))
        {
            // Those from before.
        }

        for (var ping = 0; ping < count; ping++)
            await _master.Pings.Reader.ReadAsync(Cancellation);
    }

    private Task StopAsync() => _node.StopAsync(Cancellation);

    private IHost Node(string workPath = "")
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Path"] = _folder.Path, ["Node:MasterUrl"] = _master.Address.ToString(), ["Node:Arches:0"] = "amd64", ["Node:PingInterval"] = "00:00:00.1",
            ["Node:ShutdownGrace"] = "00:00:00.5", ["Node:WorkPath"] = workPath, ["Git:PrivateHosts:0"] = "127.0.0.1",
        });
        builder.Services.AddBuildNode();
        return builder.Build();
    }

    private Task<string> CommitTallyAsync() => CommitAsync(Samples.Tally);

    private Task<string> CommitAsync(string sample)
    {
        var files = Directory.EnumerateFiles(sample, "*", SearchOption.AllDirectories);
        return _repository.CommitAsync([.. files.Select(file => (Path.GetRelativePath(sample, file), File.ReadAllText(file)))]);
    }

    private async Task<string> GreetSourceAsync()
    {
        var (built, log) = await BuildRun.BuildTreeAsync(BuildRun.Task("rpm", "src"), Samples.Greet, _folder["built"], Cancellation);
        Assert.True(built.Status is "done", log);
        return Assert.Single(built.Files);
    }

    private async Task CommitRulesAsync(string command)
    {
        await CommitTallyAsync();
        await _repository.CommitAsync(("debian/rules", $"#!/usr/bin/make -f\nclean:\nbinary build:\n\t{command}\n"));
    }

    private static IReadOnlyList<ReportedArtifact> Artifacts(JsonObject report) =>
        [.. report["artifacts"]!.AsArray().Select(a => new ReportedArtifact((string)a!["name"]!, (string)a["type"]!, (string)a["href"]!, (string)a["sha256"]!))];
}
