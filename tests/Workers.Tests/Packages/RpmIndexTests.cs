using EventSourced.Domain.Packages.Repositories;
using EventSourced.Workers.Adapters.Dnf;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Repositories;

namespace EventSourced.Workers.Tests.Packages;

public sealed class RpmIndexTests : IAsyncLifetime
{
    private PublishingBench _bench = null!;
    private RpmIndex _index = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bench = await PublishingBench.StartAsync();
        _index = new RpmIndex(_bench.Store, _bench.Signer, _bench.Publishing);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Dnf_installs_from_it_with_the_signature_of_the_metadata_checked()
    {
        await PublishAsync([await GreetAsync("1.0")], []);

        var root = await RootAsync();
        await root.RunAsync(Cancellation, "makecache");
        await root.RunAsync(Cancellation, "install", "greet");

        Assert.Equal("greet 1.0\n", await Tool.ReadTextAsync(Path.Combine(root.Folder, "usr/bin/greet"), ["--version"], ToolContext.Default, Cancellation));
        Assert.Contains(_bench.Server.Asked, path => System.Text.RegularExpressions.Regex.IsMatch(path, "^repodata/[0-9a-f]{64}-primary.xml.gz$"));
        Assert.Contains("repodata/repomd.xml.asc", _bench.Server.Asked);
    }

    [Fact]
    public async Task A_newer_version_is_an_upgrade_and_an_older_set_a_way_back()
    {
        var (one, two) = (await GreetAsync("1.0"), await GreetAsync("2.0"));
        var files = await PublishAsync([one], []);
        var root = await RootAsync();
        await root.RunAsync(Cancellation, "install", "greet");

        files = await PublishAsync([one, two], files);
        await root.RunAsync(Cancellation, "upgrade", "greet");
        Assert.Equal("greet 2.0\n", await Tool.ReadTextAsync(Path.Combine(root.Folder, "usr/bin/greet"), ["--version"], ToolContext.Default, Cancellation));

        await PublishAsync([one], files);
        await root.RunAsync(Cancellation, "distro-sync");
        Assert.Equal("greet 1.0\n", await Tool.ReadTextAsync(Path.Combine(root.Folder, "usr/bin/greet"), ["--version"], ToolContext.Default, Cancellation));
    }

    [Theory]
    [InlineData("repodata/repomd.xml")]
    [InlineData("repodata/repomd.xml.asc")]
    public async Task Metadata_that_was_changed_or_is_not_signed_is_refused(string path)
    {
        await PublishAsync([await GreetAsync("1.0")], []);
        if (path.EndsWith(".asc", StringComparison.Ordinal))
        {
            _bench.Server.Digests.Remove(path);
        }
        else
        {
            var text = (await _bench.TextAsync(_bench.Server.Digests[path])).Replace("<revision>", "<revision>1");
            _bench.Server.Digests[path] = (await _bench.Store.PutAsync(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), Cancellation)).Sha256;
        }

        var root = await RootAsync();
        await Assert.ThrowsAsync<ToolFailedException>(() => root.RunAsync(Cancellation, "install", "greet"));
        Assert.False(File.Exists(Path.Combine(root.Folder, "usr/bin/greet")));
    }

    [Fact]
    public async Task Only_packages_that_the_metadata_before_does_not_have_are_read()
    {
        var (one, two) = (await GreetAsync("1.0"), await GreetAsync("2.0"));
        var files = await PublishAsync([one], []);
        await _bench.Store.DeleteAsync(one.Sha256!, Cancellation);

        files = await PublishAsync([one, two], files);

        var root = await RootAsync();
        var listed = await root.RunAsync(Cancellation, "repoquery", "--queryformat", "%{name}-%{version} %{downloadsize} %{location}", "greet");
        Assert.Equal(
            [$"greet-1.0 {one.SizeBytes} {one.IndexedPath}", $"greet-2.0 {two.SizeBytes} {two.IndexedPath}"], listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public async Task Other_bytes_under_the_same_path_are_read_anew()
    {
        var one = await GreetAsync("1.0");
        var other = await GreetAsync("1.0", "-DOTHER");
        Assert.Equal((one.Path, false), (other.Path, one.Sha256 == other.Sha256));
        var files = await PublishAsync([one], []);

        await PublishAsync([other], files);

        await (await RootAsync()).RunAsync(Cancellation, "install", "greet"); // dnf compares the digest in the metadata
    }

    [Fact]
    public async Task Metadata_that_is_gone_from_the_store_is_made_anew()
    {
        var one = await GreetAsync("1.0");
        var files = await PublishAsync([one], []);
        await _bench.Store.DeleteAsync(files[0].Sha256, Cancellation);

        await PublishAsync([one], files);

        await (await RootAsync()).RunAsync(Cancellation, "makecache");
    }

    [Fact]
    public async Task An_empty_repository_is_a_valid_one_also_after_its_last_package_left()
    {
        var files = await PublishAsync([], []);
        await (await RootAsync()).RunAsync(Cancellation, "makecache");

        files = await PublishAsync([await GreetAsync("1.0")], files);
        await PublishAsync([], files);

        var root = await RootAsync();
        Assert.Equal("", await root.RunAsync(Cancellation, "repoquery", "greet"));
    }

    [Fact]
    public async Task A_path_that_leads_out_a_missing_artifact_and_what_is_no_package_are_refused()
    {
        var package = await GreetAsync("1.0");
        var text = await _bench.Store.PutAsync(new MemoryStream("no package"u8.ToArray()), Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(() => PublishAsync([package with { Path = "../../greet.rpm" }], []));
        await Assert.ThrowsAsync<InvalidOperationException>(() => PublishAsync([package with { Sha256 = new string('0', 64) }], []));
        var unpublishable = await Assert.ThrowsAsync<UnpublishableException>(() => PublishAsync([package with { Sha256 = text.Sha256 }], []));
        Assert.Equal([package.Path], unpublishable.Packages);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_bench.Folder["publish"]));
    }

    [Theory]
    [InlineData("a\u0001bell")]
    [InlineData("no \ufffe character")]
    public async Task A_new_package_that_cannot_be_described_is_named(string summary)
    {
        var known = await GreetAsync("1.0");
        var files = await PublishAsync([known], []);
        var (_, odd) = await SmallRpm.BuildAsync(_bench.Folder["odd"], "odd", "1.0", Cancellation, summary);
        var package = await _bench.Store.PutPackageAsync(odd, Cancellation);

        var unpublishable = await Assert.ThrowsAsync<UnpublishableException>(() => PublishAsync([known, package], files));

        Assert.Equal([package.Path], unpublishable.Packages);
    }

    private async Task<IReadOnlyList<RepositoryFile>> PublishAsync(IReadOnlyList<RepositoryPackage> packages, IReadOnlyList<RepositoryFile> published)
    {
        var (files, _) = await _index.MakeAsync(packages, published, Cancellation);
        _bench.Server.Serve(files, packages);
        return files;
    }

    private Task<DnfRoot> RootAsync() => DnfRoot.CreateAsync(_bench.NewRoot(), _bench.Server.Address, packageKey: null, Cancellation);

    private async Task<RepositoryPackage> GreetAsync(string version, string flag = "")
    {
        var tree = Directory.CreateDirectory(_bench.Folder[$"greet-{version}-{Guid.CreateVersion7():N}"]).FullName;
        await Tool.RunAsync("cp", ["-a", Samples.Greet + "/.", tree], ToolContext.Default, Cancellation);
        await Tool.RunAsync("sed", ["-i", $"s/^\\(Version: *\\).*/\\1{version}/; s/-O2/-O2 {flag}/; s/^make VERSION/make LDFLAGS=-static VERSION/", Path.Combine(tree, "greet.spec")], ToolContext.Default, Cancellation);
        var (outcome, log) = await BuildRun.BuildTreeAsync(BuildRun.Task("rpm", "x86_64"), tree, $"{tree}-build", Cancellation);
        Assert.True(outcome.Status is "done", log);
        return await _bench.Store.PutPackageAsync(outcome.Files.Single(file => file.EndsWith(".x86_64.rpm", StringComparison.Ordinal)), Cancellation);
    }
}
