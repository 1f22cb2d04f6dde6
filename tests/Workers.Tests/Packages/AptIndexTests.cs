using System.Text;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Apt;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Signing;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Repositories;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Packages;

public sealed class AptIndexTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private FileArtifactStore _store = null!;
    private RepositoryServer _server = null!;
    private AptIndex _index = null!;
    private int _roots;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = new FileArtifactStore(_folder["artifacts"], TimeProvider.System);
        _server = await RepositoryServer.StartAsync(_store);
        _index = IndexSignedIn("gnupg");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Apt_installs_from_it_by_digest_with_the_signature_checked()
    {
        await PublishAsync("1.0");

        var root = await RootAsync();
        await root.UpdateAsync(Cancellation);
        await root.InstallAsync("hello", Cancellation);

        Assert.Equal("1.0", await root.VersionAsync("hello", Cancellation));
        Assert.Equal("hello 1.0\n", await Tool.ReadTextAsync(Path.Combine(root.Folder, "usr/bin/hello"), [], ToolContext.Default, Cancellation));
        Assert.Contains(_server.Asked, path => path.Contains("/by-hash/SHA256/", StringComparison.Ordinal));
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

        var root = await AptRoot.CreateAsync(_folder["named"], _server.NamedAddress, await BytesAsync(_server.Digests[AptIndex.KeyPath]), "amd64", Cancellation);
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
        var otherKey = await BytesAsync(other.Files.Single(f => f.Path is AptIndex.KeyPath).Sha256);
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
        var good = _server.Digests.Where(f => f.Key.StartsWith(path, StringComparison.Ordinal) || f.Key.Contains("/by-hash/") && path.EndsWith("/Packages", StringComparison.Ordinal)).ToList();
        foreach (var (name, digest) in good)
        {
            var bytes = await BytesAsync(digest);
            bytes[bytes.Length / 2] ^= 1;
            _server.Digests[name] = (await _store.PutAsync(new MemoryStream(bytes), Cancellation)).Sha256;
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
        _server.Digests.Remove("dists/stable/InRelease");
        _server.Digests.Remove("dists/stable/Release.gpg");

        await Assert.ThrowsAsync<ToolFailedException>(async () => await (await RootAsync()).UpdateAsync(Cancellation));
    }

    [Fact]
    public async Task An_empty_repository_is_a_valid_one()
    {
        var (files, _) = await _index.MakeAsync("amd64", [], [], Cancellation);
        _server.Serve(files, []);

        await (await RootAsync()).UpdateAsync(Cancellation);
        Assert.Equal(files.Count, files.DistinctBy(f => f.Path).Count());
    }

    [Fact]
    public async Task Only_packages_that_the_index_before_does_not_have_are_read()
    {
        var (one, two, changed) = (await HelloAsync("1.0"), await HelloAsync("2.0"), await HelloAsync("1.0"));
        var (before, _) = await _index.MakeAsync("amd64", [one], [], Cancellation);
        await _store.DeleteAsync(one.Sha256!, Cancellation);

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
        var (outcome, log) = await BuildRun.BuildTreeAsync(BuildRun.Task("deb", "src"), Samples.Tally, _folder["build"], Cancellation);
        Assert.True(outcome.Status is "done", log);
        List<RepositoryPackage> packages = [];
        foreach (var file in outcome.Files.Where(file => Path.GetExtension(file) is ".dsc" or ".xz"))
            packages.Add(await PackageAsync(file));

        var (files, _) = await _index.MakeAsync("src", packages, [], Cancellation);
        _server.Serve(files, packages);
        var root = await RootAsync();
        await File.WriteAllTextAsync(
            Path.Combine(root.Folder, "etc/apt/sources.list"), $"deb-src [signed-by={root.Folder}/etc/apt/keyrings/repository.asc] {_server.Address} stable main\n", Cancellation);
        await root.UpdateAsync(Cancellation);
        var context = new ToolContext { WorkingDirectory = root.Folder, Environment = new Dictionary<string, string> { ["APT_CONFIG"] = Path.Combine(root.Folder, "apt.conf") } };
        await Tool.RunAsync("apt-get", ["-q", "source", "--download-only", "tally"], context, Cancellation);

        Assert.True(File.Exists(Path.Combine(root.Folder, "tally_1.0.dsc")) && File.Exists(Path.Combine(root.Folder, "tally_1.0.tar.xz")));

        await _store.DeleteAsync(packages[0].Sha256!, Cancellation);
        var (again, _) = await _index.MakeAsync("src", packages, files, Cancellation);
        Assert.Contains("Package: tally\n", await TextAsync(again, "dists/stable/main/source/Sources"));
    }

    [Fact]
    public async Task A_path_that_leads_out_and_a_missing_artifact_are_refused()
    {
        var package = await HelloAsync("1.0");

        await Assert.ThrowsAsync<InvalidOperationException>(() => _index.MakeAsync("amd64", [package with { Path = "../../hello.deb" }], [], Cancellation));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _index.MakeAsync("amd64", [package with { Sha256 = new string('0', 64) }], [], Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => _index.MakeAsync("../x", [package], [], Cancellation));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["publish"]));
    }

    private AptIndex IndexSignedIn(string home) => new(
        _store, new GpgSigner(Options.Create(new SigningOptions { Home = _folder[home] })), Options.Create(new PublishingOptions { WorkPath = _folder["publish"] }));

    private async Task PublishAsync(string version)
    {
        var package = await HelloAsync(version);
        var (files, _) = await _index.MakeAsync("amd64", [package], [], Cancellation);
        _server.Serve(files, [package]);
    }

    private async Task<AptRoot> RootAsync() =>
        await RootAsync(await BytesAsync(_server.Digests[AptIndex.KeyPath]));

    private Task<AptRoot> RootAsync(byte[]? key) => AptRoot.CreateAsync(_folder[$"root-{++_roots}"], _server.Address, key, "amd64", Cancellation);

    private async Task<byte[]> BytesAsync(string digest)
    {
        await using var stream = await _store.OpenAsync(digest, range: null, Cancellation);
        using var copy = new MemoryStream();
        await stream!.CopyToAsync(copy, Cancellation);
        return copy.ToArray();
    }

    private Task<RepositoryPackage> HelloAsync(string version) => HelloPackage.BuildAsync(_folder, _store, version);

    private async Task<RepositoryPackage> PackageAsync(string path)
    {
        await using var file = File.OpenRead(path);
        var stored = await _store.PutAsync(file, Cancellation);
        var name = Path.GetFileName(path);
        return new RepositoryPackage(RepositoryPackage.PathOf(name), name, "/artifact/", stored.Sha256, stored.SizeBytes);
    }

    private async Task<string> TextAsync(IEnumerable<RepositoryFile> files, string path) =>
        Encoding.UTF8.GetString(await BytesAsync(files.Single(file => file.Path == path).Sha256));
}
