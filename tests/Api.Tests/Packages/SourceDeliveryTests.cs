using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages;

/// <summary>Source packages, and the packages built from them, through both hosts.</summary>
public sealed class SourceDeliveryTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly AlbsClient albs = new(hosts.Api);
    private readonly PulpClient pulp = new(hosts.Api.Http, hosts.Api.NodeToken);

    [Fact]
    public async Task A_source_task_keeps_only_the_source_package_and_the_arch_is_built_from_it()
    {
        var (source, binary) = await RpmFile.BuildAsync("greet", "1.0");
        var (platform, build) = await SubmitAsync("rpm", "x86_64");
        var first = Id(await ClaimAsync("src", build));

        await albs.Report(Node, first, "done", [await ArtifactAsync("rpm", source.Name, source.Bytes), await ArtifactAsync("rpm", binary.Name, binary.Bytes)]).Expect(200);

        Assert.Equal([source.Name], await ArtifactsAsync(build, first));
        var second = await ClaimAsync("x86_64", build);
        var built = second.GetProperty("built_srpm_url").GetString()!;
        Assert.EndsWith($"/pulp/content/builds/{platform}-src-{build}-br/Packages/g/{source.Name}", built, StringComparison.Ordinal);

        var task = Id(second);
        await albs.Report(Node, task, "done", [await ArtifactAsync("rpm", source.Name, source.Bytes), await ArtifactAsync("rpm", binary.Name, binary.Bytes)]).Expect(200);

        Assert.Equal([source.Name, binary.Name], await ArtifactsAsync(build, task)); // the one it was handed
        await PublishedAsync(build, 2);
        Assert.Equal($"\"{source.Sha256}\"", (await albs.Http.Get(new Uri(built).AbsolutePath).Expect(200)).Header("ETag"));
        var repository = $"/pulp/content/builds/{platform}-x86_64-{build}-br";
        Assert.Contains("<repomd", (await albs.Http.Get($"{repository}/repodata/repomd.xml").Expect(200)).Text, StringComparison.Ordinal);
        Assert.Contains("BEGIN PGP SIGNATURE", (await albs.Http.Get($"{repository}/repodata/repomd.xml.asc").Expect(200)).Text, StringComparison.Ordinal);
        Assert.Contains("BEGIN PGP PUBLIC KEY BLOCK", (await albs.Http.Get($"{repository}/key.asc").Expect(200)).Text, StringComparison.Ordinal);
        Assert.Equal($"\"{binary.Sha256}\"", (await albs.Http.Get($"{repository}/Packages/g/{binary.Name}").Expect(200)).Header("ETag"));
    }

    [Fact]
    public async Task Another_arch_builds_from_the_source_package_of_one_that_failed()
    {
        var (source, _) = await RpmFile.BuildAsync("greet", "1.0");
        var (_, build) = await SubmitAsync("rpm", "x86_64");
        var first = Id(await ClaimAsync("src", build));

        await albs.Report(Node, first, "failed", [await ArtifactAsync("rpm", source.Name, source.Bytes)]).Expect(200);

        var built = new Uri((await ClaimAsync("x86_64", build)).GetProperty("built_srpm_url").GetString()!).AbsolutePath;
        Assert.Equal($"\"{source.Sha256}\"", (await albs.Http.Get(built).Expect(200)).Header("ETag"));
        Assert.Equal(build, (await albs.Http.Get("/api/v1/builds/?pageNumber=1&rpm_name=greet&rpm_version=1.0").As(albs.Admin).Expect(200))
            .Json.GetProperty("builds").EnumerateArray().First().GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task Packages_for_every_arch_become_one_file_when_all_arches_have_ended()
    {
        var (source, one) = await RpmFile.BuildAsync("greet-doc", "1.0", "noarch");
        var (_, other) = await RpmFile.BuildAsync("greet-doc", "1.0", "noarch");
        var (_, extra) = await RpmFile.BuildAsync("greet-lang", "1.0", "noarch");
        var (platform, build) = await SubmitAsync("rpm", "x86_64", "aarch64", "i686");
        Assert.NotEqual(one.Sha256, other.Sha256);
        await DeliverAsync("src", build, source);
        var first = await DeliverAsync("aarch64", build, one, extra);
        var excluded = Id(await ClaimAsync("i686", build));
        await albs.Report(Node, excluded, "excluded").Expect(200);

        var second = await DeliverAsync("x86_64", build, other);

        while (await HrefsAsync(build, first) is var hrefs && (!hrefs.SequenceEqual(await HrefsAsync(build, second)) || hrefs.Count < 2))
            await EventsAsync();

        Assert.Equal([source.Name, other.Name, extra.Name], await ArtifactsAsync(build, second));
        Assert.Empty(await HrefsAsync(build, excluded));
        foreach (var arch in new[] { "x86_64", "aarch64" })
        {
            foreach (var package in new[] { other, extra })
            {
                var path = $"/pulp/content/builds/{platform}-{arch}-{build}-br/Packages/g/{package.Name}";
                while ((await albs.Http.Get(path).Expect(200, 404)).Header("ETag") != $"\"{package.Sha256}\"")
                    await EventsAsync();
            }
        }
    }

    [Fact]
    public async Task Packages_without_a_source_package_fail_the_task()
    {
        var (_, binary) = await RpmFile.BuildAsync("greet", "1.0");
        var (_, build) = await SubmitAsync("rpm", "x86_64");
        var task = Id(await ClaimAsync("src", build));

        await albs.Report(Node, task, "done", [await ArtifactAsync("rpm", binary.Name, binary.Bytes)]).Expect(200);

        Assert.Contains("no source package was sent", await ErrorAsync(build, task), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_whose_bytes_are_not_those_it_was_made_with_fails_the_task()
    {
        var (source, _) = await RpmFile.BuildAsync("greet", "1.0");
        var (_, build) = await SubmitAsync("rpm", "x86_64");
        var task = Id(await ClaimAsync("src", build));
        source.Bytes[^8] ^= 1;

        await albs.Report(Node, task, "done", [await ArtifactAsync("rpm", source.Name, source.Bytes)]).Expect(200);

        Assert.Matches($"^{source.Name}: rpmkeys .* NOT OK", await ErrorAsync(build, task)); // which it says as its output
    }

    [Theory]
    [InlineData("a\u0001bell", "createrepo_c cannot describe the package")]
    [InlineData("no \ufffe character", "cannot be read")]
    public async Task A_package_that_no_repository_could_list_fails_the_task(string summary, string reason)
    {
        var (source, _) = await RpmFile.BuildAsync("greet", "1.0", summary: summary);
        var (_, build) = await SubmitAsync("rpm", "x86_64");
        var task = Id(await ClaimAsync("src", build));

        await albs.Report(Node, task, "done", [await ArtifactAsync("rpm", source.Name, source.Bytes)]).Expect(200);

        var error = await ErrorAsync(build, task);
        Assert.StartsWith(source.Name, error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_debian_source_package_and_its_parts_go_to_the_source_repository_and_the_rest_to_none()
    {
        var (platform, build) = await SubmitAsync("deb", "amd64");
        var task = Id(await ClaimAsync("src", build));
        var (tarball, dsc, changes) = DscFile.Make("tally", "1.0");

        await albs.Report(Node, task, "done",
        [
            await ArtifactAsync("deb", "tally_1.0.tar.xz", tarball), await ArtifactAsync("deb", "tally_1.0.dsc", dsc), await ArtifactAsync("deb", "tally_1.0_source.changes", changes),
        ]).Expect(200);

        Assert.Equal(["tally_1.0.tar.xz", "tally_1.0.dsc", "tally_1.0_source.changes"], await ArtifactsAsync(build, task));
        await PublishedAsync(build, 1);
        var repository = $"/pulp/content/builds/{platform}-src-{build}-br";
        Assert.Contains("Package: tally\n", (await albs.Http.Get($"{repository}/dists/stable/main/source/Sources").Expect(200)).Text, StringComparison.Ordinal);
        await albs.Http.Get($"{repository}/Packages/t/tally_1.0.tar.xz").Expect(200);
        await albs.Http.Get($"{repository}/Packages/t/tally_1.0_source.changes").Expect(404);
        var second = await ClaimAsync("amd64", build);
        Assert.EndsWith($"{repository}/Packages/t/tally_1.0.dsc", second.GetProperty("built_srpm_url").GetString(), StringComparison.Ordinal);
        await albs.Report(Node, Id(second)).Expect(200);
    }

    [Theory]
    [InlineData("tally_1.0.dsc", "what was sent has")]
    [InlineData("tally_1.0_source.changes", "what was sent has")]
    [InlineData(null, "which was not sent")]
    public async Task Files_that_are_not_those_named_fail_the_task(string? listing, string reason)
    {
        var (_, build) = await SubmitAsync("deb", "amd64");
        var task = Id(await ClaimAsync("src", build));
        var (tarball, dsc, changes) = DscFile.Make("tally", "1.0");
        List<object> artifacts =
        [
            await ArtifactAsync("deb", "tally_1.0.dsc", listing is "tally_1.0.dsc" ? Without(dsc, tarball) : dsc),
            await ArtifactAsync("deb", "tally_1.0_source.changes", listing is "tally_1.0_source.changes" ? Without(changes, tarball) : changes),
        ];
        if (listing is not null)
            artifacts.Add(await ArtifactAsync("deb", "tally_1.0.tar.xz", tarball));

        await albs.Report(Node, task, "done", [.. artifacts]).Expect(200);

        Assert.Contains(reason, await ErrorAsync(build, task), StringComparison.Ordinal);
    }

    private string Node => hosts.Api.NodeToken;

    private static byte[] Without(byte[] listing, byte[] tarball) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(listing).Replace(Digest(tarball), new string('0', 64), StringComparison.Ordinal));

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private async Task<object> ArtifactAsync(string type, string name, byte[] bytes) => new { name, type, href = await pulp.UploadAsync(bytes), sha256 = Digest(bytes) };

    private async Task<(string Platform, int Build)> SubmitAsync(string type, params string[] arches)
    {
        var platform = AlbsClient.NewName("p");
        await albs.Http.Post("/api/v1/platforms/", new
        {
            name = platform, type, distr_type = type, distr_version = "9", test_dist_name = type, arch_list = arches, repos = Array.Empty<object>(), data = new { },
        }).As(albs.Admin).Expect(200);
        var build = await albs.Http.Post("/api/v1/builds/", new
        {
            platforms = new[] { new { name = platform, arch_list = arches, parallel_mode_enabled = true } },
            tasks = new[] { new { url = "https://git.example.org/greet.git", git_ref = "main" } },
        }).As(albs.Admin).Expect(200);
        return (platform, build.Json.GetProperty("id").GetInt32());
    }

    /// <summary>The build's task of this arch; it is ready a moment after the source package was looked at. Those that other tests left are taken and forgotten.</summary>
    private async Task<JsonElement> ClaimAsync(string arch, int build)
    {
        while (await albs.ClaimAsync(Node, [arch], "?wait=20") is { } task)
        {
            if (task.GetProperty("build_id").GetInt32() == build)
                return task;
        }

        throw new InvalidOperationException("The build's task was not handed out.");
    }

    private static int Id(JsonElement task) => task.GetProperty("id").GetInt32();

    private async Task<JsonElement> TaskAsync(int build, int task) =>
        (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("tasks").EnumerateArray().Single(t => t.GetProperty("id").GetInt32() == task);

    private async Task<IReadOnlyList<string>> ArtifactsAsync(int build, int task)
    {
        var found = await TaskAsync(build, task);
        Assert.True(found.GetProperty("status").GetInt32() is 2, found.ToString());
        return [.. found.GetProperty("artifacts").EnumerateArray().Select(a => a.GetProperty("name").GetString()!)];
    }

    private async Task<string> ErrorAsync(int build, int task)
    {
        var found = await TaskAsync(build, task);
        Assert.True(found.GetProperty("status").GetInt32() is 3, found.ToString());
        return found.GetProperty("error").GetString()!;
    }

    /// <summary>Follows the build until so many of its repositories are published.</summary>
    private async Task PublishedAsync(int build, int count)
    {
        while ((await albs.Http.Get($"/api/builds/{build}").Expect(200)).Json.GetProperty("repositories").EnumerateArray().Count(r => r.GetProperty("published").GetInt32() > 0) < count)
            await EventsAsync();
    }

    private Task EventsAsync() => hosts.Api.Services.GetRequiredService<IDocumentStore>()
        .WakeUps.WaitAsync(IWakeUps.EventsAppended, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);

    /// <summary>Reports the build's task of this arch as done.</summary>
    private async Task<int> DeliverAsync(string arch, int build, params RpmFile[] files)
    {
        var task = Id(await ClaimAsync(arch, build));
        var artifacts = new List<object>();
        foreach (var file in files)
            artifacts.Add(await ArtifactAsync("rpm", file.Name, file.Bytes));

        await albs.Report(Node, task, "done", [.. artifacts]).Expect(200);
        return task;
    }

    /// <summary>Of the packages for every arch, by name.</summary>
    private async Task<IReadOnlyList<string>> HrefsAsync(int build, int task) =>
    [
        .. (await TaskAsync(build, task)).GetProperty("artifacts").EnumerateArray().Where(a => a.GetProperty("name").GetString()!.EndsWith(".noarch.rpm", StringComparison.Ordinal))
            .OrderBy(a => a.GetProperty("name").GetString(), StringComparer.Ordinal).Select(a => a.GetProperty("href").GetString()!),
    ];
}
