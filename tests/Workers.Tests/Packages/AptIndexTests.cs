using EventSourced.Domain.Packages.Repositories;
using EventSourced.Workers.Adapters.Apt;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Repositories;

namespace EventSourced.Workers.Tests.Packages;

public sealed class AptIndexTests : IAsyncLifetime
{
    private PublishingBench _bench = null!;
    private AptIndex _index = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bench = await PublishingBench.StartAsync();
        _index = IndexSignedIn("gnupg");
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Apt_installs_from_it_by_digest_with_the_signature_checked()
    {
        await PublishAsync("1.0");

        var root = await RootAsync();
        await root.UpdateAsync(Cancellation);
        await root.InstallAsync("hello", Cancellation);

        Assert.Equal("1.0", await root.VersionAsync("hello", Cancellation));
        Assert.Equal("hello 1.0\n", await Tool.ReadTextAsync(Path.Combine(root.Folder, "usr/bin/hello"), [], ToolContext.Default, Cancellation));
        Assert.Contains(_bench.Server.Asked, path => path.Contains("/by-hash/SHA256/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_newer_version_is_an_upgrade_and_an_older_set_signed_again_a_way_back()
    {
        await PublishAsync("1.0");
        var root = await RootAsync();
        await root.UpdateAsync(Cancellation);
        await root.InstallAsync("hello", Cancellation);

        await PublishAsync("2.0");
        await root.UpdateAsync(Cancellation);
        await root.InstallAsync("hello", Cancellation);
        Assert.Equal("2.0", await root.VersionAsync("hello", Cancellation));

        await PublishAsync("1.0");
        await root.UpdateAsync(Cancellation);
        await root.InstallAsync("hello=1.0", Cancellation);
        Assert.Equal("1.0", await root.VersionAsync("hello", Cancellation));
    }

    [Fact]
    public async Task Apt_finds_it_below_an_address_that_is_escaped()
    {
        await PublishAsync("1.0");

        var key = await _bench.BytesAsync(_bench.Server.Digests[AptIndex.KeyPath]);
        var root = await AptRoot.CreateAsync(_bench.Folder["named"], _bench.Server.NamedAddress, key, "amd64", Cancellation);
        await root.UpdateAsync(Cancellation);
        await root.InstallAsync("hello", Cancellation);

        Assert.Equal("1.0", await root.VersionAsync("hello", Cancellation));
    }

    [Fact]
    public async Task A_root_that_does_not_trust_the_key_refuses_it()
    {
        await PublishAsync("1.0");

        var refused = await Assert.ThrowsAsync<ToolFailedException>(async () => await (await RootAsync(key: null)).UpdateAsync(Cancellation));
        Assert.Contains("NO_PUBKEY", refused.Message);

        var other = await IndexSignedIn("other").MakeAsync("amd64", [], [], Cancellation);
        var otherKey = await _bench.BytesAsync(other.Files.Single(f => f.Path is AptIndex.KeyPath).Sha256);
        await Assert.ThrowsAsync<ToolFailedException>(async () => await (await RootAsync(otherKey)).UpdateAsync(Cancellation));
    }

    [Theory]
    [InlineData("dists/stable/InRelease")]
    [InlineData("dists/stable/main/binary-amd64/Packages")]
    [InlineData("Packages/")]
    public async Task A_changed_file_is_refused(string path)
    {
        await PublishAsync("1.0");
        var root = await RootAsync();
        var isList = path.EndsWith("/Packages", StringComparison.Ordinal);
        var good = _bench.Server.Digests.Where(f => f.Key.StartsWith(path, StringComparison.Ordinal) || (isList && f.Key.Contains("/by-hash/"))).ToList();
        foreach (var (name, digest) in good)
        {
            var bytes = await _bench.BytesAsync(digest);
            bytes[bytes.Length / 2] ^= 1;
            _bench.Server.Digests[name] = (await _bench.Store.PutAsync(new MemoryStream(bytes), Cancellation)).Sha256;
        }

        Assert.NotEmpty(good);
        await Assert.ThrowsAsync<ToolFailedException>(async () =>
        {
            await root.UpdateAsync(Cancellation);
            await root.InstallAsync("hello", Cancellation);
        });
        Assert.False(File.Exists(Path.Combine(root.Folder, "usr/bin/hello")));
    }

    [Fact]
    public async Task An_unsigned_index_is_refused()
    {
        await PublishAsync("1.0");
        _bench.Server.Digests.Remove("dists/stable/InRelease");
        _bench.Server.Digests.Remove("dists/stable/Release.gpg");

        await Assert.ThrowsAsync<ToolFailedException>(async () => await (await RootAsync()).UpdateAsync(Cancellation));
    }

    [Fact]
    public async Task An_empty_repository_is_a_valid_one()
    {
        var (files, _) = await _index.MakeAsync("amd64", [], [], Cancellation);
        _bench.Server.Serve(files, []);

        await (await RootAsync()).UpdateAsync(Cancellation);
        Assert.Equal(files.Count, files.DistinctBy(f => f.Path).Count());
    }

    [Fact]
    public async Task Only_packages_that_the_index_before_does_not_have_are_read()
    {
        var (one, two, changed) = (await HelloAsync("1.0"), await HelloAsync("2.0"), await HelloAsync("1.0"));
        var (before, _) = await _index.MakeAsync("amd64", [one], [], Cancellation);
        await _bench.Store.DeleteAsync(one.Sha256!, Cancellation);

        var (after, _) = await _index.MakeAsync("amd64", [one, two], before, Cancellation);

        var index = await TextAsync(after, "dists/stable/main/binary-amd64/Packages");
        Assert.Contains($"SHA256: {one.Sha256}\n", index);
        Assert.Contains($"SHA256: {two.Sha256}\n", index);
        Assert.Equal(2, index.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Length);

        (after, _) = await _index.MakeAsync("amd64", [changed], after, Cancellation);
        Assert.Contains($"SHA256: {changed.Sha256}\n", await TextAsync(after, "dists/stable/main/binary-amd64/Packages"));
    }

    [Fact]
    public async Task Apt_fetches_a_source_package_from_a_source_repository()
    {
        var (outcome, log) = await BuildRun.BuildTreeAsync(BuildRun.Task("deb", "src"), Samples.Tally, _bench.Folder["build"], Cancellation);
        Assert.True(outcome.Status is "done", log);
        List<RepositoryPackage> packages = [];
        foreach (var file in outcome.Files.Where(file => Path.GetExtension(file) is ".dsc" or ".xz"))
            packages.Add(await _bench.Store.PutPackageAsync(file, Cancellation));

        var (files, _) = await _index.MakeAsync("src", packages, [], Cancellation);
        _bench.Server.Serve(files, packages);
        var root = await RootAsync();
        var source = $"deb-src [signed-by={root.Folder}/etc/apt/keyrings/repository.asc] {_bench.Server.Address} stable main\n";
        await File.WriteAllTextAsync(Path.Combine(root.Folder, "etc/apt/sources.list"), source, Cancellation);
        await root.UpdateAsync(Cancellation);
        var context = new ToolContext { WorkingDirectory = root.Folder, Environment = new Dictionary<string, string> { ["APT_CONFIG"] = Path.Combine(root.Folder, "apt.conf") } };
        await Tool.RunAsync("apt-get", ["-q", "source", "--download-only", "tally"], context, Cancellation);

        Assert.True(File.Exists(Path.Combine(root.Folder, "tally_1.0.dsc")) && File.Exists(Path.Combine(root.Folder, "tally_1.0.tar.xz")));

        await _bench.Store.DeleteAsync(packages[0].Sha256!, Cancellation);
        var (again, _) = await _index.MakeAsync("src", packages, files, Cancellation);
        Assert.Contains("Package: tally\n", await TextAsync(again, "dists/stable/main/source/Sources"));
    }

    [Fact]
    public async Task A_path_that_leads_out_and_a_missing_artifact_are_refused()
    {
        var package = await HelloAsync("1.0");

        await Assert.ThrowsAsync<InvalidOperationException>(() => _index.MakeAsync("amd64", [package with { Path = "../../hello.deb" }], [], Cancellation));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _index.MakeAsync("amd64", [package with { Sha256 = new string('0', 64) }], [], Cancellation));
        await Assert.ThrowsAsync<UnpublishableException>(() => _index.MakeAsync("../x", [package], [], Cancellation));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_bench.Folder["publish"]));
    }

    [Fact]
    public async Task A_package_that_apt_ftparchive_passes_over_is_not_left_out_in_silence()
    {
        await File.WriteAllBytesAsync(_bench.Folder["tally_1.0_amd64.deb"], MadeDeb.Of(MadeDeb.Control, "././control"), Cancellation);
        var odd = await _bench.Store.PutPackageAsync(_bench.Folder["tally_1.0_amd64.deb"], Cancellation);

        var failed = await Assert.ThrowsAsync<UnpublishableException>(async () => await _index.MakeAsync("amd64", [await HelloAsync("1.0"), odd], [], Cancellation));

        Assert.Equal([odd.Path], failed.Packages);
        Assert.Contains(odd.Path, failed.Message, StringComparison.Ordinal);
    }

    private AptIndex IndexSignedIn(string home) => new(_bench.Store, _bench.SignerIn(home), _bench.Publishing);

    private async Task PublishAsync(string version)
    {
        var package = await HelloAsync(version);
        var (files, _) = await _index.MakeAsync("amd64", [package], [], Cancellation);
        _bench.Server.Serve(files, [package]);
    }

    private async Task<AptRoot> RootAsync() =>
        await RootAsync(await _bench.BytesAsync(_bench.Server.Digests[AptIndex.KeyPath]));

    private Task<AptRoot> RootAsync(byte[]? key) => AptRoot.CreateAsync(_bench.NewRoot(), _bench.Server.Address, key, "amd64", Cancellation);

    private Task<RepositoryPackage> HelloAsync(string version) => HelloPackage.BuildAsync(_bench.Folder, _bench.Store, version);

    private Task<string> TextAsync(IEnumerable<RepositoryFile> files, string path) => _bench.TextAsync(files.Single(file => file.Path == path).Sha256);
}
