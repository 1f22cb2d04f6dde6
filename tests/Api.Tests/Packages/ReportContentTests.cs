using System.Text;
using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;

namespace EventSourced.Api.Tests.Packages;

/// <summary>What a report may consist of, through both hosts.</summary>
public sealed class ReportContentTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly AlbsClient albs = new(hosts.Api);
    private readonly PulpClient pulp = new(hosts.Api.Http, hosts.Api.NodeToken);
    private readonly string arch = AlbsClient.NewName("a");

    private string Node => hosts.Api.NodeToken;

    [Theory]
    [InlineData("rpm", "tally_1.0_all.deb is no package for a platform of type rpm.")]
    [InlineData("deb", "greet-1.0-1.src.rpm is no package for a platform of type deb.")]
    public async Task Packages_of_another_type_than_the_platforms_fail_the_task(string platform, string reason)
    {
        var build = await SubmitAsync(platform);
        var deb = await DebFile.BuildAsync("tally", "1.0", "all");

        await ReportAsync(platform is "rpm" ? new { name = deb.Name, type = "deb", href = await pulp.UploadAsync(deb.Bytes) } : (object)await SourceAsync("greet"));

        var task = (await TasksAsync(build))[0];
        Assert.Equal((3, reason), (Status(task), task.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task Packages_that_together_say_too_much_of_themselves_fail_the_task()
    {
        var build = await SubmitAsync("deb");
        var packages = await Task.WhenAll(Enumerable.Range(0, 17).Select(async n =>
        {
            var deb = await DebFile.BuildAsync($"tally{n}", "1.0", "all", new string('x', 1_000_000));
            return (object)new { name = deb.Name, type = "deb", href = await pulp.UploadAsync(deb.Bytes) };
        }));

        await ReportAsync(packages);

        var task = (await TasksAsync(build))[0];
        Assert.Equal((3, "The packages up to tally16_1.0_all.deb say more of themselves than 16777216 characters together."), (Status(task), task.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task A_source_package_without_its_sources_fails_the_task_with_that_reason()
    {
        var build = await SubmitAsync("rpm");
        var (source, _) = await RpmFile.BuildAsync("greet");

        await ReportAsync(new { name = "greet-1.0-1.nosrc.rpm", type = "rpm", href = await pulp.UploadAsync(source.Bytes) });

        Assert.StartsWith("greet-1.0-1.nosrc.rpm is a source package without all of its sources", (await TasksAsync(build))[0].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_logs_of_one_name_the_later_is_served()
    {
        var build = await SubmitAsync("rpm");

        await ReportAsync(await SourceAsync("greet"), await LogAsync("one\n"), await LogAsync("two\n"));

        Assert.Equal(2, Status((await TasksAsync(build))[0]));
        var folder = $"/pulp/content/build_logs/build-{build}-build_log/";
        Assert.Equal("two\n", (await albs.Http.Get($"{folder}albs.1.log").Expect(200)).Text);
        Assert.Equal(2, (await albs.Http.Get(folder).Expect(200)).Text.Split("href=\"albs.1.log\"").Length);
    }

    [Fact]
    public async Task A_second_package_does_not_replace_the_source_package_of_the_first()
    {
        var build = await SubmitAsync("rpm", packages: 3);
        var first = await RpmFile.BuildAsync("greet", "1.0");
        var source = new { name = first.Source.Name, type = "rpm", href = await pulp.UploadAsync(first.Source.Bytes) };

        await ReportAsync(source);
        await ReportAsync(await SourceAsync("greet"));
        await ReportAsync(source);

        var tasks = await TasksAsync(build);
        Assert.Equal([2, 3, 2], tasks.Select(Status));
        Assert.Contains($"{first.Source.Name}: task {tasks[0].GetProperty("id").GetInt32()} delivered another file", tasks[1].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private async Task ReportAsync(params object[] artifacts)
    {
        var task = await albs.ClaimAsync(Node, [arch], "?wait=20") ?? throw new InvalidOperationException("The task was not handed out.");
        await albs.Report(Node, task.GetProperty("id").GetInt32(), "done", artifacts).Expect(200);
    }

    private async Task<object> SourceAsync(string package)
    {
        var (source, _) = await RpmFile.BuildAsync(package, "1.0");
        return new { name = source.Name, type = "rpm", href = await pulp.UploadAsync(source.Bytes), sha256 = source.Sha256 };
    }

    private async Task<object> LogAsync(string text) =>
        new { name = "albs.1.log", type = "build_log", href = await pulp.UploadAsync(Encoding.UTF8.GetBytes(text)) };

    private async Task<int> SubmitAsync(string type, int packages = 1)
    {
        var platform = AlbsClient.NewName("p");
        await albs.Http.Post("/api/v1/platforms/", new
        {
            name = platform, type, distr_type = type, distr_version = "9", test_dist_name = type, arch_list = new[] { arch }, repos = Array.Empty<object>(), data = new { },
        }).As(albs.Admin).Expect(200);
        var urls = Enumerable.Range(0, packages).Select(n => $"https://git.example.org/greet{n}.git");
        return (await albs.SubmitAsync(platform, [arch], [.. urls])).GetProperty("id").GetInt32();
    }

    private async Task<JsonElement[]> TasksAsync(int build) =>
        [.. (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks").EnumerateArray()];

    private static int Status(JsonElement task) => task.GetProperty("status").GetInt32();
}
