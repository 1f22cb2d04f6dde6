using System.Text;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Packages.Reports;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>What is believed of packages that somebody's build made: only what dpkg and apt both read in them.</summary>
public sealed class PackageFilesTests : IDisposable
{
    private const string Name = "tally_1.0_amd64.deb";
    private const string Digest = "7ebf48251f410456bd399bdb0671e91d0a1e8767c491d6ffdaee751f95e98118";
    private const string Source =
        $"Format: 1.0\nSource: tally\nBinary: tally\nArchitecture: any\nVersion: 1.0\nMaintainer: Ann <ann@example.org>\nChecksums-Sha256:\n {Digest} 113 tally_1.0.tar.gz\n";

    private const string OtherSource =
        $"Source: bash\nBinary: bash\nVersion: 99.0\nFormat: 1.0\nArchitecture: any\nMaintainer: x\nChecksums-Sha256:\n {Digest} 113 bash_99.0.tar.gz\n\n";

    private readonly TemporaryFolder _folder = new();
    private readonly FileArtifactStore _store;
    private readonly PackageFiles _files;

    public PackageFilesTests()
    {
        _store = new FileArtifactStore(_folder["artifacts"], TimeProvider.System);
        _files = new PackageFiles(_store, Options.Create(new VerificationOptions { WorkPath = _folder["verify"] }));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Name)]
    [InlineData("tally_1.0_amd64.udeb")]
    public async Task A_package_is_what_it_says(string name)
    {
        var meta = await ReadAsync(MadeDeb.Of(MadeDeb.Control), name);

        Assert.Equal(("tally", "1.0", "amd64"), (meta.Name, meta.Version, meta.Arch));
        Assert.Equal("counts\n lines", meta.Control!["Description"]);
    }

    [Theory]
    [InlineData("Package: bash\nVersion: 99.0\nArchitecture: amd64\nMaintainer: Ann <ann@example.org>\nDescription: shell\n\n" + MadeDeb.Control, "only one allowed")]
    [InlineData(MadeDeb.Control + "\nPackage: bash\nVersion: 99.0\nArchitecture: amd64\nMaintainer: x\nDescription: x\n", "only one allowed")]
    [InlineData(MadeDeb.Control + " \nPackage: bash\n", "blank line")]
    [InlineData(MadeDeb.Control + "Depends: a\nDepends: b\n", "duplicate value")]
    [InlineData(MadeDeb.Control + "Homepage: a\0b\n", "a NUL character")]
    [InlineData("\n\n" + MadeDeb.Control, "cannot describe")]
    public async Task What_can_be_read_in_two_ways_is_refused(string control, string reason) =>
        Assert.Contains(reason, await RefusedAsync(MadeDeb.Of(control)), StringComparison.Ordinal);

    [Fact]
    public async Task What_apt_does_not_find_is_refused() =>
        Assert.Contains("apt-ftparchive cannot describe the package", await RefusedAsync(MadeDeb.Of(MadeDeb.Control, "././control")), StringComparison.Ordinal);

    [Fact]
    public async Task What_is_small_only_while_it_is_packed_is_refused_before_it_takes_room()
    {
        var bomb = await MadeDeb.BombAsync(64 << 20, Cancellation);
        Assert.InRange(bomb.Length, 0, 1 << 20);

        Assert.Contains("dpkg-deb ended with 137: it said more than 33554432 bytes", await RefusedAsync(bomb), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["verify"]));
    }

    [Fact]
    public async Task A_source_package_is_what_it_says()
    {
        var meta = await ReadSourceAsync(Source);

        Assert.Equal(("tally", "1.0", "src"), (meta.Name, meta.Version, meta.Arch));
    }

    [Theory]
    [InlineData("Source: bash\nVersion: 99.0\nFormat: 1.0\nArchitecture: any\n\n" + Source, "cannot describe")]
    [InlineData(OtherSource + Source, "would not say")]
    [InlineData("Format: 1.0\nSource: tally\nVersion: 1.0\n", "cannot describe")]
    public async Task A_source_package_that_apt_reads_otherwise_is_refused(string text, string reason) =>
        Assert.Contains(reason, (await Assert.ThrowsAsync<ReportRefusedException>(() => ReadSourceAsync(text))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task The_longest_control_file_is_read_as_well()
    {
        var text = new StringBuilder("Format: 1.0\nEnvironment:");
        for (var line = 0; line < 1_000_000; line++)
            text.Append("\n x");

        var stored = await PutAsync(Encoding.UTF8.GetBytes(text.Append("\nSource: tally\n").ToString()));

        var control = await _files.ReadControlAsync("tally_1.0_amd64.buildinfo", stored, Cancellation);

        Assert.Equal(3_000_000, control.Fields["Environment"].Length);
        Assert.Equal("tally", control.Fields["Source"]);
    }

    private async Task<Domain.Packages.BuildTasks.PackageMeta> ReadAsync(byte[] package, string name) =>
        await _files.ReadDebAsync(name, await PutAsync(package), Cancellation);

    private async Task<Domain.Packages.BuildTasks.PackageMeta> ReadSourceAsync(string text) =>
        await _files.ReadDscAsync("tally_1.0.dsc", await PutAsync(Encoding.UTF8.GetBytes(text)), Cancellation);

    private async Task<string> RefusedAsync(byte[] package) =>
        (await Assert.ThrowsAsync<ReportRefusedException>(() => ReadAsync(package, Name))).Message;

    private async Task<string> PutAsync(byte[] bytes) => (await _store.PutAsync(new MemoryStream(bytes), Cancellation)).Sha256;
}
