using System.Formats.Tar;
using System.Text;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Packages;

public sealed class DebBuildTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_sample_becomes_a_package()
    {
        var (packages, log) = await BuildAsync(Samples.Tally);

        Assert.NotNull(packages);
        var package = packages.Single(p => Path.GetFileName(p).StartsWith("tally_1.0_", StringComparison.Ordinal));
        Assert.Contains("./usr/bin/tally", await Tool.ReadTextAsync("dpkg-deb", ["--contents", package], ToolContext.Default, Cancellation));
        Assert.Contains("sh tests/run.sh ./tally", log);
    }

    [Fact]
    public async Task A_build_that_needs_the_network_fails_and_its_log_says_why()
    {
        var (packages, log) = await BuildRulesAsync("perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => \"1.1.1.1:80\", Timeout => 3) or die \"no network: $$!\"'");

        Assert.Null(packages);
        Assert.Contains("no network", log);
    }

    [Fact]
    public async Task What_it_leaves_behind_ends_with_it()
    {
        await BuildRulesAsync("setsid sleep 4714 >/dev/null 2>&1 &\n\tfalse");

        Assert.Equal(0, SandboxRun.Processes("sleep\04714"));
    }

    [Fact]
    public async Task It_may_write_to_dev_stderr()
    {
        var (_, log) = await BuildRulesAsync("echo said > /dev/stderr; false");

        Assert.Contains("\nsaid\n", log);
    }

    [Theory]
    [InlineData("ln -s /etc/passwd ../evil_1_all.deb")]
    [InlineData("echo x > ../not-a-package.deb")]
    [InlineData("echo x > '../-rf_1_all.deb'")]
    public async Task A_link_or_a_name_that_is_no_packages_never_comes_out(string command)
    {
        const string Package = "mkdir -p debian/tally/DEBIAN && dpkg-gencontrol -ptally -Pdebian/tally && dpkg-deb --root-owner-group --build debian/tally ..";
        try
        {
            var (packages, _) = await BuildRulesAsync($"{Package}\n\t{command}");
            Assert.Equal("tally_1.0_amd64.deb", Path.GetFileName(Assert.Single(packages!)));
        }
        catch (BuildResultException e)
        {
            Assert.Contains("name is not a package's", e.Message);
        }
    }

    [Theory]
    [InlineData("../../escaped_1_all.deb", TarEntryType.RegularFile)]
    [InlineData("/tmp/escaped_1_all.deb", TarEntryType.RegularFile)]
    [InlineData("a/b_1_all.deb", TarEntryType.RegularFile)]
    [InlineData("link_1_all.deb", TarEntryType.SymbolicLink)]
    [InlineData("link_1_all.deb", TarEntryType.HardLink)]
    [InlineData("pipe_1_all.deb", TarEntryType.Fifo)]
    [InlineData("dir_1_all.deb", TarEntryType.Directory)]
    public async Task A_result_that_is_not_plain_packages_is_refused_whole(string name, TarEntryType type)
    {
        await using (var tar = new TarWriter(File.Create(_folder["result.tar"])))
        {
            var entry = new PaxTarEntry(type, name);
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                entry.LinkName = "/etc/passwd";

            await tar.WriteEntryAsync(entry, Cancellation);
        }

        var folder = Directory.CreateDirectory(_folder["out"]).FullName;
        await Assert.ThrowsAsync<BuildResultException>(() => BuildResults.UnpackAsync(_folder["result.tar"], folder, Cancellation));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_result_that_is_no_archive_is_refused()
    {
        await File.WriteAllTextAsync(_folder["result.tar"], new string('x', 3000), Cancellation);

        await Assert.ThrowsAsync<BuildResultException>(() => BuildResults.UnpackAsync(_folder["result.tar"], _folder.Path, Cancellation));
    }

    private async Task<(IReadOnlyList<string>? Packages, string Log)> BuildRulesAsync(string command)
    {
        var source = Directory.CreateDirectory(_folder["source"]).FullName;
        await Tool.RunAsync("cp", ["-a", Samples.Tally + "/.", source], ToolContext.Default, Cancellation);
        await File.WriteAllTextAsync(Path.Combine(source, "debian/rules"), $"#!/usr/bin/make -f\nclean:\nbinary build:\n\t{command}\n", Cancellation);
        return await BuildAsync(source);
    }

    private async Task<(IReadOnlyList<string>? Packages, string Log)> BuildAsync(string source)
    {
        await Tool.RunAsync("tar", ["-cf", _folder["source.tar"], "-C", source, "."], ToolContext.Default, Cancellation);
        var build = new DebBuild(new Bubblewrap(Options.Create(new SandboxOptions()), TimeProvider.System));
        await using var log = new BuildLog(_folder["log"], limitBytes: 1 << 20, (_, _, _) => Task.FromResult(true));
        var packages = await build.RunAsync(_folder["source.tar"], _folder.Path, limit: null, log, Cancellation);
        await log.CompleteAsync(Cancellation);
        return (packages, await File.ReadAllTextAsync(_folder["log"], Encoding.UTF8, Cancellation));
    }
}
