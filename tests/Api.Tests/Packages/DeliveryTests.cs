using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EventSourced.Api.Tests.Packages.Albs;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages;

/// <summary>What a node delivers, through both hosts, to what a package manager fetches.</summary>
public sealed class DeliveryTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly AlbsClient albs = new(hosts.Api);
    private readonly PulpClient pulp = new(hosts.Api.Http, hosts.Api.NodeToken);

    [Fact]
    public async Task A_package_is_looked_at_published_and_served()
    {
        var (platform, task, build) = await ClaimedAsync();
        var deb = await DebFile.BuildAsync("tally", "1:2.0-3", "amd64");
        var log = Encoding.UTF8.GetBytes("one\ntwo\n");
        await albs.Http.Put($"/api/build-tasks/{task}/log?offset=0").As(Node).WithContent(new ByteArrayContent(log)).Expect(200);

        await albs.Report(Node, task, "done",
        [
            new { name = deb.Name, type = "deb", href = await pulp.UploadAsync(deb.Bytes), sha256 = deb.Sha256 },
            new { name = $"albs.{task}.1700000000.log", type = "build_log", href = await pulp.UploadAsync(log) },
        ]).Expect(200);

        var seen = (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks")[0];
        Assert.Equal(2, seen.GetProperty("status").GetInt32());
        var meta = seen.GetProperty("artifacts")[0].GetProperty("meta");
        Assert.Equal(
            ("tally", "1", "2.0", "3", "amd64", deb.Sha256),
            (Text(meta, "name"), Text(meta, "epoch"), Text(meta, "version"), Text(meta, "release"), Text(meta, "arch"), Text(meta, "sha256")));
        Assert.Equal("a package of a test\n with a second line", meta.GetProperty("control").GetProperty("Description").GetString());

        var repository = $"/pulp/content/builds/{platform}-amd64-{build}-br";
        await PublishedAsync(build);
        var file = await albs.Http.Get($"{repository}/Packages/t/{deb.Name}").Expect(200);
        Assert.Equal((deb.Bytes.Length, $"\"{deb.Sha256}\""), ((int?)file.ContentHeaders.ContentLength, file.Header("ETag")));
        Assert.Contains("-----BEGIN PGP SIGNED MESSAGE-----", (await albs.Http.Get($"{repository}/dists/stable/InRelease").Expect(200)).Text, StringComparison.Ordinal);
        Assert.Contains($"Filename: Packages/t/{deb.Sha256}/{deb.Name}", (await albs.Http.Get($"{repository}/dists/stable/main/binary-amd64/Packages").Expect(200)).Text, StringComparison.Ordinal);
        Assert.Contains("BEGIN PGP PUBLIC KEY BLOCK", (await albs.Http.Get($"{repository}/key.asc").Expect(200)).Text, StringComparison.Ordinal);

        var logs = $"/pulp/content/build_logs/build-{build}-build_log/";
        Assert.Contains($"href=\"albs.{task}.1700000000.log\"", (await albs.Http.Get(logs).Expect(200)).Text, StringComparison.Ordinal);
        Assert.Equal("one\ntwo\n", (await albs.Http.Get($"{logs}albs.{task}.1700000000.log").Expect(200)).Text);
        Assert.DoesNotContain("<base", (await albs.Http.Get(logs).Expect(200)).Text, StringComparison.Ordinal);
        Assert.Equal("one\ntwo\n", (await FollowAsync(logs.TrimEnd('/'), $"albs.{task}.1700000000.log")).Text);
        Assert.Equal("one\ntwo\n", (await albs.Http.Get($"/api/build-tasks/{task}/log").Expect(200)).Text);
    }

    [Fact]
    public async Task The_name_of_a_platform_is_free_text_and_its_repositories_are_served_where_a_node_is_told()
    {
        var name = $"Demo 9 (für \"alle\") & 50% #1? {AlbsClient.NewName("p")}";
        await albs.Http.Post("/api/v1/platforms/", new { name, type = "deb", distr_type = "debian", distr_version = "12", arch_list = new[] { "amd64" } }).As(albs.Admin).Expect(200);
        var (task, build) = await ClaimedAsync(name);
        var repository = task.GetProperty("repositories")[0];
        Assert.Equal($"{name}-amd64-{build}-br", Text(repository, "name"));
        var deb = await DebFile.BuildAsync("tally", "2.1", "amd64");

        await albs.Report(Node, task.GetProperty("id").GetInt32(), "done", [new { name = deb.Name, type = "deb", href = await pulp.UploadAsync(deb.Bytes) }]).Expect(200);
        await PublishedAsync(build);

        var url = Text(repository, "url")!;
        Assert.Equal(deb.Bytes.Length, (int?)(await albs.Http.Get($"{url}Packages/t/{deb.Name}").Expect(200)).ContentHeaders.ContentLength);
        Assert.Contains("BEGIN PGP", (await albs.Http.Get($"{url}dists/stable/InRelease").Expect(200)).Text, StringComparison.Ordinal);
        Assert.Contains("BEGIN PGP PUBLIC KEY BLOCK", (await FollowAsync(url.TrimEnd('/'), "key.asc")).Text, StringComparison.Ordinal);
        Assert.Contains("BEGIN PGP", (await FollowAsync($"{url}dists/stable", "InRelease")).Text, StringComparison.Ordinal);
        Assert.Equal(200, (await albs.Http.Put("/api/v1/platforms/", new { name, priority = 3 }).As(albs.Admin).Expect(200)).Status);
    }

    [Fact]
    public async Task A_digest_that_is_not_the_files_fails_the_task_with_the_reason()
    {
        var (_, task, build) = await ClaimedAsync();
        var deb = await DebFile.BuildAsync("tally", "1.0", "amd64");

        await albs.Report(Node, task, "done", [new { name = deb.Name, type = "deb", href = await pulp.UploadAsync(deb.Bytes), sha256 = new string('0', 64) }]).Expect(200);

        Assert.Contains("SHA-256", await ErrorAsync(build), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other_1.0_amd64.deb", "tally_1.0_amd64.deb")]
    [InlineData("tally_9.9_amd64.deb", "tally_1.0_amd64.deb")]
    public async Task A_package_of_another_name_fails_the_task(string name, string reason)
    {
        var (_, task, build) = await ClaimedAsync();
        var deb = await DebFile.BuildAsync("tally", "1.0", "amd64");

        await albs.Report(Node, task, "done", [new { name, type = "deb", href = await pulp.UploadAsync(deb.Bytes), sha256 = deb.Sha256 }]).Expect(200);

        Assert.Contains(reason, await ErrorAsync(build), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no package at all")]
    [InlineData("!<arch>\ndebian-binary   0           0     0     100644  4         `\n9.9\n")]
    public async Task What_is_no_package_fails_the_task(string content)
    {
        var (_, task, build) = await ClaimedAsync();

        await albs.Report(Node, task, "done",
            [new { name = "tally_1.0_amd64.deb", type = "deb", href = await pulp.UploadAsync(Encoding.UTF8.GetBytes(content)) }]).Expect(200);

        Assert.Contains("tally_1.0_amd64.deb: dpkg-deb", await ErrorAsync(build), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_of_another_arch_fails_the_task()
    {
        var (_, task, build) = await ClaimedAsync();
        var deb = await DebFile.BuildAsync("tally", "1.0", "arm64");

        await albs.Report(Node, task, "done", [new { name = deb.Name, type = "deb", href = await pulp.UploadAsync(deb.Bytes) }]).Expect(200);

        Assert.Contains("arm64", await ErrorAsync(build), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a/1/")]
    [InlineData("/pulp/api/v3/artifacts/0000000000000000000000000000000000000000000000000000000000000000/")]
    public async Task What_was_not_uploaded_fails_the_task(string href)
    {
        var (_, task, build) = await ClaimedAsync();

        await albs.Report(Node, task, "done", [new { name = "tally_1.0_amd64.deb", type = "deb", href }]).Expect(200);

        Assert.Contains("tally_1.0_amd64.deb", await ErrorAsync(build), StringComparison.Ordinal);
    }

    /// <summary>What a browser gets that follows this link of a folder asked for without a slash.</summary>
    private async Task<Answer> FollowAsync(string folder, string entry)
    {
        var listing = (await albs.Http.Get(folder).Expect(200)).Text;
        Assert.Equal(1, listing.Split($"href=\"{entry}\"").Length - 1);
        var stem = WebUtility.HtmlDecode(Regex.Match(listing, "<head><base href='([^']+)'>").Groups[1].Value);
        var document = new Uri(albs.Http.BaseAddress!, folder);
        return await albs.Http.Get(new Uri(new Uri(document, stem), entry).AbsoluteUri).Expect(200);
    }

    private string Node => hosts.Api.NodeToken;

    private async Task<(string Platform, int Task, int Build)> ClaimedAsync()
    {
        var platform = await albs.CreatePlatformAsync("amd64");
        var (task, build) = await ClaimedAsync(platform);
        return (platform, task.GetProperty("id").GetInt32(), build);
    }

    private async Task<(JsonElement Task, int Build)> ClaimedAsync(string platform)
    {
        var build = (await albs.SubmitAsync(platform, ["amd64"], "https://git.example.org/tally.git")).GetProperty("id").GetInt32();
        while (await albs.ClaimAsync(Node, ["amd64"]) is { } task)
        {
            if (task.GetProperty("build_id").GetInt32() == build)
                return (task, build);
        }

        throw new InvalidOperationException("The build's task was not handed out.");
    }

    private async Task<string> ErrorAsync(int build)
    {
        var task = (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks")[0];
        Assert.Equal(3, task.GetProperty("status").GetInt32());
        return task.GetProperty("error").GetString()!;
    }

    /// <summary>Follows the build until its first repository is published.</summary>
    private async Task PublishedAsync(int build)
    {
        var store = hosts.Api.Services.GetRequiredService<IDocumentStore>();
        while (!(await albs.Http.Get($"/api/builds/{build}").Expect(200)).Json.GetProperty("repositories").EnumerateArray().Any(r => r.GetProperty("published").GetInt32() > 0))
            await store.WakeUps.WaitAsync(IWakeUps.EventsAppended, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
