using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>Where a task's source comes from, and which are refused.</summary>
public sealed class BuildNodeSourceTests : OneBuildNode
{
    [Fact]
    public async Task A_dependency_that_the_tasks_repositories_do_not_have_fails_the_task_by_name()
    {
        await CommitTallyAsync();
        await Repository.CommitAsync(("debian/control", (await File.ReadAllTextAsync(Path.Combine(Samples.Tally, "debian/control"), Cancellation))
            .Replace("Build-Depends: ", "Build-Depends: no-such-package, ", StringComparison.Ordinal)));
        Master.Queue(7, Repository.Url, "main", repository: new Uri(Master.Address, "/pulp/content/builds/Demo-amd64-40-br/").AbsoluteUri);
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Contains("The repository Demo-amd64-40-br has no index.\n", Master.Log);
        Assert.Contains("\nMissing build dependencies: no-such-package. ", Master.Log);
        await StopAsync();
    }

    [Theory]
    [InlineData("main", 1)]
    [InlineData("v1", 2)]
    [InlineData(null, 4)]
    public async Task An_rpm_is_built_from_a_branch_a_tag_and_a_commit(string? reference, int refType)
    {
        var commit = await CommitAsync(Samples.Greet);
        await Repository.GitAsync("tag", "v1");
        Master.Queue(7, Repository.Url, reference ?? commit, type: "rpm", arch: "x86_64", refType: refType);
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.True((string?)report["status"] is "done", Master.Log);
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
        Master.Queue(7, $"{server.Address}greet-1.0-1.src.rpm", null, type: "rpm", arch: "x86_64", refType: 3);
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.True((string?)report["status"] is "done", Master.Log);
        Assert.Equal(["greet-1.0-1.d9.src.rpm", "greet-1.0-1.d9.x86_64.rpm"], Artifacts(report).Where(a => a.Type is "rpm").Select(a => a.Name));
        Assert.Null((string?)report["git_commit_hash"]);
    }

    [Fact]
    public async Task An_rpm_is_built_from_the_source_package_built_before_once_that_is_published()
    {
        Master.Sources["greet-1.0-1.src.rpm"] = await File.ReadAllBytesAsync(await GreetSourceAsync(), Cancellation);
        Master.Refuse("GET source", 1);
        Master.Queue(7, Repository.Url, "main", type: "rpm", arch: "x86_64", builtSource: Master.SourceUrl("greet-1.0-1.src.rpm"));
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.True((string?)report["status"] is "done", Master.Log);
        Assert.Equal("greet-1.0-1.d9.x86_64.rpm", Artifacts(report).Single(a => a.Type is "rpm").Name);
        Assert.All(Master.SourcesAsked, asked => Assert.Equal("Bearer the-key", asked.Credential));
    }

    [Fact]
    public async Task A_deb_is_built_from_the_source_package_built_before()
    {
        var (built, log) = await BuildRun.BuildTreeAsync(BuildRun.Task("deb", "src"), Samples.Tally, Folder["built"], Cancellation);
        Assert.True(built.Status is "done", log);
        foreach (var file in built.Files)
            Master.Sources[Path.GetFileName(file)] = await File.ReadAllBytesAsync(file, Cancellation);

        Master.Queue(7, Repository.Url, "main", builtSource: Master.SourceUrl("tally_1.0.dsc"));
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.True((string?)report["status"] is "done", Master.Log);
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
        Master.Queue(7, Repository.Url, "main", type: "rpm", arch: "x86_64", builtSource: $"{server.Address}greet-1.0-1.src.rpm", hash: new string('0', 64));
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Contains("instead of 0000", Master.Log);
        Assert.Equal("", credential);
    }

    [Fact]
    public async Task A_package_that_is_not_meant_for_the_arch_is_excluded()
    {
        await Repository.CommitAsync(("odd.spec", "Name: odd\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\nExclusiveArch: s390x\n%description\nx\n%files\n"));
        Master.Queue(7, Repository.Url, "main", type: "rpm", arch: "x86_64");
        await Running.StartAsync(Cancellation);

        Assert.Equal("excluded", (string?)(await Master.Report.WaitAsync(Cancellation))["status"]);
    }

    [Theory]
    [InlineData("ext::sh", "main", "only https and http")]
    [InlineData("--upload-pack=touch", "main", "not an absolute URL")]
    [InlineData("http://127.0.0.1:1/x.git", "--output=/tmp/x", "not a valid name")]
    [InlineData("http://127.0.0.2:1/x.git", "main", "private address")]
    public async Task A_hostile_source_is_a_failed_task_with_the_reason_in_its_log(string url, string reference, string reason)
    {
        Master.Queue(7, url, reference);
        await Running.StartAsync(Cancellation);

        var report = await Master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Contains(reason, Master.Log);
        Assert.Single(Artifacts(report));
    }

    [Fact]
    public async Task A_package_of_another_kind_is_a_failed_task()
    {
        await CommitTallyAsync();
        Master.Queue(7, Repository.Url, "main", type: "apk");
        await Running.StartAsync(Cancellation);

        Assert.Equal("failed", (string?)(await Master.Report.WaitAsync(Cancellation))["status"]);
        Assert.Contains("of type apk", Master.Log);
    }

    private async Task<string> GreetSourceAsync()
    {
        var (built, log) = await BuildRun.BuildTreeAsync(BuildRun.Task("rpm", "src"), Samples.Greet, Folder["built"], Cancellation);
        Assert.True(built.Status is "done", log);
        return Assert.Single(built.Files);
    }
}
