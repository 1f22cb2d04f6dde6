using System.Text;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Processes;
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
    [InlineData(MadeDeb.Control + " more  \n", "counts\n lines\n more")]
    [InlineData("Package: tally\r\nVersion: 1.0\r\nArchitecture: amd64\r\nMaintainer: Ann <ann@example.org>\r\nDescription: counts\r\n lines\r\n", "counts\n lines")]
    public async Task Blanks_at_an_end_say_nothing(string control, string description) =>
        Assert.Equal(description, (await ReadAsync(MadeDeb.Of(control), Name)).Control!["Description"]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task What_only_apt_would_read_is_refused(int way)
    {
        var package = await MadeDeb.OfTwoAsync(way, MadeDeb.Control, MadeDeb.Control + "Essential: yes\n", Cancellation);

        Assert.Contains("the index of a repository would not say of the package's Essential", await RefusedAsync(package), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_that_says_too_much_of_itself_is_refused() => Assert.Contains(
        "says more of itself than 1048576 bytes", await RefusedAsync(MadeDeb.Of($"{MadeDeb.Control}Notes: {new string('x', 1 << 20)}\n")), StringComparison.Ordinal);

    [Fact]
    public async Task The_same_for_an_rpm()
    {
        var spec = _folder["long.spec"];
        await File.WriteAllTextAsync(spec, $"""
            Name: tally
            Version: {new string('1', 5_000)}
            Release: 1
            Summary: counts
            License: MIT
            BuildArch: noarch
            %description
            Counts.
            %files

            """, Cancellation);
        string[] arguments = ["-bb", "--quiet", "--define", $"_topdir {_folder.Path}", "--define", $"_tmppath {_folder.Path}", "--define", "buildroot %{_topdir}/root", "--define", "_rpmfilename x.rpm", spec];
        await Tool.RunAsync("rpmbuild", arguments, new ToolContext { Environment = new Dictionary<string, string> { ["HOME"] = _folder.Path } }, Cancellation);
        var digest = await PutAsync(await File.ReadAllBytesAsync(_folder["RPMS/x.rpm"], Cancellation));

        var refused = await Assert.ThrowsAsync<ReportRefusedException>(() => _files.ReadRpmAsync("tally-1-1.noarch.rpm", digest, Cancellation));

        Assert.Contains("says more of itself than 4096 bytes", refused.Message, StringComparison.Ordinal);
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

    [Fact]
    public async Task A_clear_signed_source_package_is_what_was_signed()
    {
        var meta = await ReadSourceAsync(
            $"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{Source}Description: counts  \n\n-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v1\nComment: none\n\niQE=\n-----END PGP SIGNATURE-----\n");

        Assert.Equal(("tally", "1.0", "counts"), (meta.Name, meta.Version, meta.Control!["Description"]));
        Assert.DoesNotContain("Hash", meta.Control.Keys);
    }

    [Theory]
    [InlineData("Source: bash\nVersion: 99.0\nFormat: 1.0\nArchitecture: any\n\n" + Source, "cannot describe")]
    [InlineData(OtherSource + Source, "would not say")]
    [InlineData("Format: 1.0\nSource: tally\nVersion: 1.0\n", "cannot describe")]
    [InlineData(Source + "\n\nBuild-Depends: evil\n", "would not say of the package's Build-Depends")]
    [InlineData(Source + "\nMaintainer: Eve <eve@example.org>\n", "would not say of the package's Maintainer")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\n\n" + Source + "\nBuild-Depends: evil\n\n-----BEGIN PGP SIGNATURE-----\n\niQE=\n-----END PGP SIGNATURE-----\n", "Build-Depends")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\n\n" + Source + "\n-----BEGIN PGP SIGNATURE-----\n\niQE=\n-----END PGP SIGNATURE-----\nBuild-Depends: evil\n", "cannot describe")]
    public async Task A_source_package_that_apt_reads_otherwise_is_refused(string text, string reason) =>
        Assert.Contains(reason, (await Assert.ThrowsAsync<ReportRefusedException>(() => ReadSourceAsync(text))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_source_package_that_says_too_much_of_itself_is_refused()
    {
        var refused = await Assert.ThrowsAsync<ReportRefusedException>(() => ReadSourceAsync($"{Source}Notes: {new string('x', 1 << 20)}\n"));

        Assert.Equal("tally_1.0.dsc is longer than 1048576 bytes.", refused.Message);
    }

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
