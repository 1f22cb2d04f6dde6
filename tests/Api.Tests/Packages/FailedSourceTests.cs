using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages;

/// <summary>Source packages of tasks that failed or were excluded, through both hosts: others build from good ones, and bad ones count as none.</summary>
public sealed class FailedSourceTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly AlbsClient albs = new(hosts.Api);
    private readonly PulpClient pulp = new(hosts.Api.Http, hosts.Api.NodeToken);
    private readonly string one = AlbsClient.NewName("a"), two = AlbsClient.NewName("b");

    private string Node => hosts.Api.NodeToken;

    [Theory]
    [InlineData("truncated", "rpmkeys")]
    [InlineData("absent", "nothing was uploaded as")]
    [InlineData("differing", "the reported SHA-256 000")]
    [InlineData("misnamed", "the package in it is")]
    [InlineData("foreign", "is no package for a platform of type deb")]
    public async Task A_failures_bad_source_package_fails_the_others_fast_and_the_next_package_is_built(string wrong, string reason)
    {
        var (platform, build) = await SubmitAsync(wrong is "foreign" ? "deb" : "rpm", packages: 2);
        var bad = await BadAsync(wrong);

        var first = Id(await ClaimAsync(one));
        await albs.Report(Node, first, "failed", [bad]).Expect(200);
        await albs.Report(Node, first, "failed", [bad]).Expect(409);

        var tasks = await TasksAsync(build);
        Assert.Equal([3, 3, 0, 0], tasks.Select(Status));
        Assert.Contains(reason, Error(tasks[0]), StringComparison.Ordinal);
        Assert.StartsWith("Fast failed:", Error(tasks[1]), StringComparison.Ordinal);
        Assert.Empty(Artifacts(tasks[0]));
        await NextIsBuiltAsync(platform, build, wrong is "foreign" ? "deb" : "rpm");
    }

    [Fact]
    public async Task An_exclusions_bad_source_package_is_nobodys_and_the_next_one_builds_its_own()
    {
        var (platform, build) = await SubmitAsync("rpm");

        await albs.Report(Node, Id(await ClaimAsync(one)), "excluded", [await BadAsync("truncated")]).Expect(200);

        var tasks = await TasksAsync(build);
        Assert.Equal([4, 0], tasks.Select(Status));
        Assert.Contains("rpmkeys", Error(tasks[0]), StringComparison.Ordinal);
        var second = await ClaimAsync(two);
        Assert.Equal(JsonValueKind.Null, second.GetProperty("built_srpm_url").ValueKind);
        var (source, _) = await RpmFile.BuildAsync("greet", "1.0");
        await albs.Report(Node, Id(second), "done", [await RpmAsync(source)]).Expect(200);
        await UntilServedAsync($"/pulp/content/builds/{platform}-src-{build}-br/Packages/g/{source.Name}");
    }

    [Theory]
    [InlineData("rpm")]
    [InlineData("deb")]
    public async Task An_exclusions_source_package_is_built_from_and_the_copies_of_others_are_dropped(string type)
    {
        var (platform, build) = await SubmitAsync(type);
        var source = await SourceAsync(type);

        await albs.Report(Node, Id(await ClaimAsync(one)), "excluded", [.. source.Files]).Expect(200);

        var second = await ClaimAsync(two);
        var built = new Uri(second.GetProperty("built_srpm_url").GetString()!).AbsolutePath;
        Assert.Equal($"/pulp/content/builds/{platform}-src-{build}-br/Packages/g/{source.Name}", built);
        foreach (var file in source.Names)
            await albs.Http.Get($"/pulp/content/builds/{platform}-src-{build}-br/Packages/g/{file}").Expect(200);

        await albs.Report(Node, Id(second), "failed", [.. (await SourceAsync(type)).Files]).Expect(200);
        var tasks = await TasksAsync(build);
        Assert.Equal([4, 3], tasks.Select(Status));
        Assert.Equal([source.Name], Artifacts(tasks[1]));
        Assert.Equal(JsonValueKind.Null, tasks[1].GetProperty("error").ValueKind);
    }

    /// <summary>The second package of the build, from its first arch to its second.</summary>
    private async Task NextIsBuiltAsync(string platform, int build, string type)
    {
        var source = await SourceAsync(type);
        await albs.Report(Node, Id(await ClaimAsync(one)), "done", [.. source.Files]).Expect(200);

        var built = new Uri((await ClaimAsync(two)).GetProperty("built_srpm_url").GetString()!).AbsolutePath;
        Assert.Equal($"/pulp/content/builds/{platform}-src-{build}-br/Packages/g/{source.Name}", built);
        await albs.Http.Get(built).Expect(200);
    }

    private async Task<object> BadAsync(string wrong)
    {
        var (source, _) = await RpmFile.BuildAsync("greet", "1.0");
        return wrong switch
        {
            "truncated" => new { name = source.Name, type = "rpm", href = await pulp.UploadAsync(source.Bytes[..^100]) },
            "absent" => new { name = source.Name, type = "rpm", href = $"/pulp/api/v3/artifacts/{new string('2', 64)}/" },
            "differing" => new { name = source.Name, type = "rpm", href = await pulp.UploadAsync(source.Bytes), sha256 = new string('0', 64) },
            "misnamed" => new { name = "greet-2.0-1.src.rpm", type = "rpm", href = await pulp.UploadAsync(source.Bytes) },
            _ => await RpmAsync(source),
        };
    }

    private async Task<object> RpmAsync(RpmFile file) => new { name = file.Name, type = "rpm", href = await pulp.UploadAsync(file.Bytes), sha256 = file.Sha256 };

    private async Task<(string Name, string[] Names, object[] Files)> SourceAsync(string type)
    {
        if (type is "rpm")
        {
            var (source, _) = await RpmFile.BuildAsync("greet", "1.0");
            return (source.Name, [source.Name], [await RpmAsync(source)]);
        }

        var (tarball, dsc, _) = DscFile.Make("greet", "1.0");
        return ("greet_1.0.dsc", ["greet_1.0.dsc", "greet_1.0.tar.xz"],
        [
            new { name = "greet_1.0.dsc", type, href = await pulp.UploadAsync(dsc) }, new { name = "greet_1.0.tar.xz", type, href = await pulp.UploadAsync(tarball) },
        ]);
    }

    private async Task<(string Platform, int Build)> SubmitAsync(string type, int packages = 1)
    {
        var platform = AlbsClient.NewName("p");
        await albs.Http.Post("/api/v1/platforms/", new
        {
            name = platform, type, distr_type = type, distr_version = "9", test_dist_name = type, arch_list = new[] { one, two }, repos = Array.Empty<object>(), data = new { },
        }).As(albs.Admin).Expect(200);
        var build = await albs.SubmitAsync(platform, [one, two], [.. Enumerable.Range(0, packages).Select(n => $"https://git.example.org/greet{n}.git")]);
        return (platform, build.GetProperty("id").GetInt32());
    }

    private async Task<JsonElement> ClaimAsync(string arch) =>
        await albs.ClaimAsync(Node, [arch], "?wait=20") ?? throw new InvalidOperationException("The task was not handed out.");

    private async Task<JsonElement[]> TasksAsync(int build) =>
        [.. (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks").EnumerateArray()];

    private async Task UntilServedAsync(string path)
    {
        while ((await albs.Http.Get(path).Expect(200, 404)).Header("ETag") is null)
            await hosts.Api.Services.GetRequiredService<IDocumentStore>()
                .WakeUps.WaitAsync(IWakeUps.EventsAppended, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
    }

    private static int Id(JsonElement task) => task.GetProperty("id").GetInt32();

    private static int Status(JsonElement task) => task.GetProperty("status").GetInt32();

    private static string? Error(JsonElement task) => task.GetProperty("error").GetString();

    private static IEnumerable<string?> Artifacts(JsonElement task) => task.GetProperty("artifacts").EnumerateArray().Select(a => a.GetProperty("name").GetString());
}
