using System.Text;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Packages.Nodes.Dependencies;
using EventSourced.Workers.Packages.Repositories;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Packages;

public sealed class BuildDependencyTests : IAsyncLifetime
{
    private PublishingBench _bench = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bench = await PublishingBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("wave-devel >= 1.0")]
    [InlineData("pkgconfig(wave)")]
    [InlineData("/usr/include/wave/wave.h")]
    public async Task An_rpm_is_built_with_a_library_of_the_tasks_repository(string requires)
    {
        await PublishRpmAsync();

        var (outcome, log) = await BuildAsync(Rpm(Repository(_bench.Server.Address)), WaveSources.RpmProgram(requires));

        Assert.True(outcome.Status is "done", log);
        Assert.Contains("\nthe library waves\n", log);
        Assert.Contains("\nCapEff:\t0000000000000000\n", log);
        var package = outcome.Files.Single(file => file.EndsWith(".x86_64.rpm", StringComparison.Ordinal));
        Assert.Contains("libwave.so.1()(64bit)\n", await Tool.ReadTextAsync("rpm", ["-q", "--requires", "-p", package], ToolContext.Default, Cancellation));
        Assert.False(Directory.Exists("/usr/include/wave"));
    }

    [Fact]
    public async Task A_deb_is_built_with_a_library_of_the_tasks_repository()
    {
        await PublishDebAsync();

        var (outcome, log) = await BuildAsync(Deb(Repository(_bench.Server.Address)), WaveSources.DebProgram("no-such-package | libwave-dev (>= 1.0), gcc"));

        Assert.True(outcome.Status is "done", log);
        Assert.Contains("\nthe library waves\n", log);
        var package = outcome.Files.Single(file => file.EndsWith("_amd64.deb", StringComparison.Ordinal));
        Assert.Contains("libwave1 (>= 1.0)", await Tool.ReadTextAsync("dpkg-deb", ["-f", package, "Depends"], ToolContext.Default, Cancellation));
        Assert.False(Directory.Exists("/usr/include/wave"));
    }

    [Fact]
    public async Task What_neither_the_machine_nor_a_repository_has_is_named()
    {
        await PublishRpmAsync();

        var log = await RefusedAsync(Rpm(Repository(_bench.Server.Address)), WaveSources.RpmProgram("wave-devel >= 2.0, no-such-library-devel"));

        Assert.Contains("\nMissing build dependencies: no-such-library-devel, wave-devel >= 2.0. Neither this machine nor", log);
        Assert.True(log.Contains("Unable to find a match: no-such-library-devel", StringComparison.Ordinal), log);
    }

    [Fact]
    public async Task The_same_for_a_deb()
    {
        await PublishDebAsync();

        var log = await RefusedAsync(Deb(Repository(_bench.Server.Address)), WaveSources.DebProgram("libwave-dev (>= 2.0), no-such-package"));

        Assert.Contains("\nMissing build dependencies: libwave-dev (>= 2.0), no-such-package. Neither this machine nor", log);
        Assert.Contains("no-such-package but it is not installable", log);
    }

    [Fact]
    public async Task A_package_that_the_platform_excludes_is_in_no_repository()
    {
        await PublishRpmAsync();

        var platform = BuildRun.Task("rpm", "x86_64", data: """{"yum": {"exclude": "other wave-d*"}}""").Platform;

        var log = await RefusedAsync(Rpm(Repository(_bench.Server.Address)) with { Platform = platform }, WaveSources.RpmProgram("wave-devel"));

        Assert.True(log.Contains("Unable to find a match: wave-devel", StringComparison.Ordinal), log);
    }

    [Fact]
    public async Task A_repository_that_builds_do_not_use_is_not_asked()
    {
        await PublishRpmAsync();

        var (outcome, log) = await BuildAsync(Rpm(Repository(_bench.Server.Address) with { MockEnabled = false }), WaveSources.RpmProgram("wave-devel"));

        Assert.Equal("failed", outcome.Status);
        Assert.Contains("Missing build dependencies: wave-devel\n", log);
        Assert.Empty(_bench.Server.Asked);
    }

    [Theory]
    [InlineData("deb", "dists/stable/InRelease", "GPG error")]
    [InlineData("deb", "Packages/libw/libwave-dev_1.0_amd64.deb", "Hash Sum mismatch")]
    [InlineData("rpm", "repodata/repomd.xml", "GPG signature verification error")]
    [InlineData("rpm", "repodata/repomd.xml.asc", "GPG signature verification error")]
    [InlineData("rpm", "Packages/w/wave-devel-1.0-1.x86_64.rpm", "wave-devel-1.0-1.x86_64: Cannot download")]
    public async Task A_changed_file_of_a_repository_is_refused(string kind, string path, string reason)
    {
        await (kind is "deb" ? PublishDebAsync() : PublishRpmAsync());
        var isPackage = path.StartsWith("Packages/", StringComparison.Ordinal);
        path = _bench.Server.Digests.Keys.Single(name => name == path || (isPackage && name.EndsWith(path[path.LastIndexOf('/')..], StringComparison.Ordinal)));
        await using (var good = await _bench.Store.OpenAsync(_bench.Server.Digests[path], range: null, Cancellation))
        {
            using var bytes = new MemoryStream();
            await good!.CopyToAsync(bytes, Cancellation);
            bytes.GetBuffer()[bytes.Length / 2] ^= 1;
            bytes.Position = 0;
            _bench.Server.Digests[path] = (await _bench.Store.PutAsync(bytes, Cancellation)).Sha256;
        }

        var log = await (kind is "deb"
            ? RefusedAsync(Deb(Repository(_bench.Server.Address)), WaveSources.DebProgram("libwave-dev"))
            : RefusedAsync(Rpm(Repository(_bench.Server.Address)), WaveSources.RpmProgram("wave-devel")));

        Assert.True(log.Contains(reason, StringComparison.Ordinal), log);
    }

    [Fact]
    public async Task A_repository_at_a_private_address_is_refused()
    {
        await PublishRpmAsync();
        var named = new UriBuilder(_bench.Server.Address) { Host = "localhost" }.Uri;

        var log = await RefusedAsync(Rpm(Repository(named)), WaveSources.RpmProgram("wave-devel"));

        Assert.Contains("The host localhost has a private address.", log);
        Assert.Empty(_bench.Server.Asked);
    }

    [Fact]
    public async Task An_index_leads_to_no_other_address()
    {
        await PublishRpmAsync();
        await using var elsewhere = await RepositoryServer.StartAsync(_bench.Store);
        var repomd = (await _bench.TextAsync(_bench.Server.Digests["repodata/repomd.xml"])).Replace("<location ", $"<location xml:base=\"{elsewhere.Address}\" ", StringComparison.Ordinal);
        _bench.Server.Digests["repodata/repomd.xml"] = (await _bench.Store.PutAsync(new MemoryStream(Encoding.UTF8.GetBytes(repomd)), Cancellation)).Sha256;
        _bench.Server.Digests.Remove("key.asc"); // so nobody asks who signed it

        var log = await RefusedAsync(Rpm(Repository(_bench.Server.Address)), WaveSources.RpmProgram("wave-devel"));

        Assert.Contains($"An index names a file at {elsewhere.Address.Authority}, which is another address than its own.", log);
        Assert.Empty(elsewhere.Asked);
    }

    [Theory]
    [InlineData("ADDRESSx.rpm")]
    [InlineData("ADDRESSx")]
    [InlineData("wave-devel, %(echo ADDRESSx >&3)")]
    [InlineData("wave.rpm")]
    [InlineData("file:/usr/share/wave")]
    public async Task A_need_that_is_an_address_or_a_file_is_refused_and_not_asked(string requires)
    {
        await PublishRpmAsync();
        await using var elsewhere = await RepositoryServer.StartAsync(_bench.Store);
        requires = requires.Replace("ADDRESS", elsewhere.Address.AbsoluteUri, StringComparison.Ordinal);

        var log = await RefusedAsync(Rpm(Repository(_bench.Server.Address)), WaveSources.RpmProgram(requires));

        Assert.Matches("^The source needs '(http://|file:|wave\\.rpm).*' to be built, which is no package or file of one\\.\n", log);
        Assert.Empty(elsewhere.Asked);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/0/repodata/repomd.xml")]
    [InlineData("https://localhost/0/repodata/repomd.xml")]
    public async Task As_a_proxy_the_gateway_has_only_itself(string other)
    {
        await PublishRpmAsync();
        using var client = new RepositoryClient(new Uri(_bench.Server.Address, "/pulp/content/"), ["127.0.0.1"]);
        await using var gateway = await RepositoryGateway.StartAsync([_bench.Server.Address], client, limitBytes: 1 << 20, Cancellation);
        string[] curl = ["-sf", "--proxy", gateway.Address.AbsoluteUri];

        Assert.Contains("<repomd", await Tool.ReadTextAsync("curl", [.. curl, $"{gateway.AddressOf(0)}repodata/repomd.xml"], ToolContext.Default, Cancellation));
        await Assert.ThrowsAsync<ToolFailedException>(() => Tool.ReadTextAsync("curl", [.. curl, other], ToolContext.Default, Cancellation));
        Assert.Contains("another address than its own", gateway.Refusal);
    }

    [Fact]
    public async Task The_build_systems_own_content_is_read_at_its_private_address()
    {
        using var client = new RepositoryClient(new Uri(_bench.Server.Address, "/pulp/content/"), privateHosts: []);

        using var answer = await client.GetAsync(new Uri(_bench.Server.Address, "/pulp/content/builds/x/"), Cancellation);

        Assert.Equal(404, (int)answer.StatusCode);
        await Assert.ThrowsAsync<DownloadException>(() => client.GetAsync(new Uri(_bench.Server.Address, "/pulp/"), Cancellation));
        await Assert.ThrowsAsync<DownloadException>(() => client.GetAsync(new Uri("file:///etc/passwd"), Cancellation));
        await Assert.ThrowsAsync<DownloadException>(() => client.GetAsync(new Uri("http://ann:secret@example.org/"), Cancellation));
    }

    [Fact]
    public async Task More_than_a_build_may_use_does_not_come_through()
    {
        await PublishRpmAsync();
        using var client = new RepositoryClient(new Uri(_bench.Server.Address, "/pulp/content/"), ["127.0.0.1"]);
        await using var gateway = await RepositoryGateway.StartAsync([_bench.Server.Address], client, limitBytes: 100, Cancellation);
        using var http = new HttpClient();

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => http.GetByteArrayAsync(new Uri(gateway.AddressOf(0), "repodata/repomd.xml"), Cancellation));

        Assert.Contains("larger than a build may use", gateway.Refusal);
        using var unknown = await http.GetAsync(gateway.AddressOf(1), Cancellation);
        Assert.Equal(404, (int)unknown.StatusCode);
    }

    private static NodeTaskRepository Repository(Uri url) => new("wave", url.AbsoluteUri);

    private static NodeTask Rpm(params NodeTaskRepository[] repositories) => BuildRun.Task("rpm", "x86_64") with { Repositories = repositories };

    private static NodeTask Deb(params NodeTaskRepository[] repositories) => BuildRun.Task("deb", "amd64") with { Repositories = repositories };

    private async Task<string> RefusedAsync(NodeTask task, Dictionary<string, string> source)
    {
        var (outcome, log) = await BuildAsync(task, source);
        Assert.True(outcome.Status is "failed", log);
        return log;
    }

    private Task<(BuildOutcome Outcome, string Log)> BuildAsync(NodeTask task, Dictionary<string, string> source)
    {
        var tree = Tree(source);
        return BuildRun.BuildTreeAsync(task, tree, $"{tree}-build", Cancellation);
    }

    private string Tree(Dictionary<string, string> source)
    {
        var tree = _bench.Folder[$"tree-{Guid.CreateVersion7():N}"];
        foreach (var (path, text) in source)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(tree, path))!); // a file of the tree has a folder
            File.WriteAllText(Path.Combine(tree, path), text);
        }

        return tree;
    }

    private async Task PublishRpmAsync()
    {
        var packages = await LibraryAsync(Rpm(), WaveSources.RpmLibrary, ".x86_64.rpm");
        var (files, _) = await new RpmIndex(_bench.Store, _bench.Signer, _bench.Publishing).MakeAsync(packages, [], Cancellation);
        _bench.Server.Serve(files, packages);
    }

    private async Task PublishDebAsync()
    {
        var packages = await LibraryAsync(Deb(), WaveSources.DebLibrary, ".deb");
        var (files, _) = await new AptIndex(_bench.Store, _bench.Signer, _bench.Publishing).MakeAsync("amd64", packages, [], Cancellation);
        _bench.Server.Serve(files, packages);
    }

    private async Task<IReadOnlyList<RepositoryPackage>> LibraryAsync(NodeTask task, Dictionary<string, string> source, string extension)
    {
        var (outcome, log) = await BuildAsync(task, source);
        Assert.True(outcome.Status is "done", log);
        var packages = new List<RepositoryPackage>();
        foreach (var path in outcome.Files.Where(file => file.EndsWith(extension, StringComparison.Ordinal)))
            packages.Add(await _bench.Store.PutPackageAsync(path, Cancellation));

        return packages;
    }

    private IOptions<PublishingOptions> Publishing => Options.Create(new PublishingOptions { WorkPath = _bench.Folder["publish"] });
}
