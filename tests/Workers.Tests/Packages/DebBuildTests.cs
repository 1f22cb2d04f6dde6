using System.Formats.Tar;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;

namespace EventSourced.Workers.Tests.Packages;

public sealed class DebBuildTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_sample_becomes_a_package()
    {
        var (outcome, log) = await BuildAsync(Samples.Tally);

        Assert.Equal("done", outcome.Status);
        var package = outcome.Files.Single(p => Path.GetFileName(p) is "tally_1.0_amd64.deb");
        Assert.Contains("./usr/bin/tally", await Tool.ReadTextAsync("dpkg-deb", ["--contents", package], ToolContext.Default, Cancellation));
        Assert.Contains("sh tests/run.sh ./tally", log);
    }

    [Fact]
    public async Task The_first_arch_without_a_source_task_makes_the_source_package_too()
    {
        var (outcome, _) = await BuildAsync(Samples.Tally, "amd64");

        Assert.Superset(
            new HashSet<string> { "tally_1.0.dsc", "tally_1.0.tar.xz", "tally_1.0_amd64.deb", "tally_1.0_amd64.changes", "tally_1.0_amd64.buildinfo" },
            outcome.Files.Select(Path.GetFileName).ToHashSet()!);
    }

    [Fact]
    public async Task A_source_task_makes_the_source_package_from_which_the_arch_is_then_built()
    {
        var (source, _) = await BuildAsync(Samples.Tally, "src");
        Assert.Equal(["tally_1.0.dsc", "tally_1.0.tar.xz", "tally_1.0_source.buildinfo", "tally_1.0_source.changes"], source.Files.Select(Path.GetFileName));

        await using (var tar = new TarWriter(File.Create(_folder["package.tar"])))
        {
            foreach (var file in source.Files.Take(2))
                await tar.WriteEntryAsync(file, Path.GetFileName(file), Cancellation);
        }

        var (binaries, log) = await BuildAsync(new FetchedSource(_folder["package.tar"], SourceKind.Package, Commit: null), "amd64", "http://127.0.0.1/tally_1.0.dsc");
        Assert.True(binaries.Status is "done", log);
        Assert.Contains("tally_1.0_amd64.deb", binaries.Files.Select(Path.GetFileName));
        Assert.DoesNotContain(binaries.Files, file => Path.GetFileName(file) is "tally_1.0.dsc" or "tally_1.0.tar.xz");
    }

    [Fact]
    public async Task A_tree_of_a_package_with_revisions_is_its_own_upstream_tarball()
    {
        var source = Directory.CreateDirectory(_folder["source"]).FullName;
        await Tool.RunAsync("cp", ["-a", Samples.Tally + "/.", source], ToolContext.Default, Cancellation);
        await File.WriteAllTextAsync(Path.Combine(source, "debian/source/format"), "3.0 (quilt)\n", Cancellation);
        await Tool.RunAsync("sed", ["-i", "s/(1.0)/(1:1.0-2)/", Path.Combine(source, "debian/changelog")], ToolContext.Default, Cancellation);

        var (outcome, log) = await BuildAsync(source, "src");

        Assert.True(outcome.Status is "done", log);
        Assert.Superset(new HashSet<string> { "tally_1.0-2.dsc", "tally_1.0.orig.tar.xz", "tally_1.0-2.debian.tar.xz" }, outcome.Files.Select(Path.GetFileName).ToHashSet()!);
    }

    [Fact]
    public async Task Missing_build_dependencies_are_named()
    {
        var source = Directory.CreateDirectory(_folder["source"]).FullName;
        await Tool.RunAsync("cp", ["-a", Samples.Tally + "/.", source], ToolContext.Default, Cancellation);
        await Tool.RunAsync("sed", ["-i", "s/^Build-Depends: .*/&, no-such-package/", Path.Combine(source, "debian/control")], ToolContext.Default, Cancellation);

        var (outcome, log) = await BuildAsync(source);

        Assert.Equal("failed", outcome.Status);
        Assert.Contains("no-such-package", log);
    }

    [Fact]
    public async Task A_build_that_needs_the_network_fails_and_its_log_says_why()
    {
        var (outcome, log) = await BuildRulesAsync("perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => \"1.1.1.1:80\", Timeout => 3) or die \"no network: $$!\"'");

        Assert.Equal("failed", outcome.Status);
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

    [Fact]
    public async Task It_starts_no_more_jobs_than_it_has_processors_for()
    {
        var (task, tree) = (BuildRun.Task("deb", "amd64", "http://127.0.0.1/x.dsc"), await RulesAsync("echo \"options $$DEB_BUILD_OPTIONS.\"; false"));

        var (_, log) = await BuildRun.BuildTreeAsync(task, tree, _folder["build-one"], Cancellation, new SandboxOptions { Cpus = 0.7 });

        Assert.Contains("\noptions parallel=1.\n", log);
    }

    [Fact]
    public async Task A_package_that_needs_root_by_default_has_files_of_root()
    {
        var source = Directory.CreateDirectory(_folder["source"]).FullName;
        await Tool.RunAsync("cp", ["-a", Samples.Tally + "/.", source], ToolContext.Default, Cancellation);
        await Tool.RunAsync("sed", ["-i", "/^Rules-Requires-Root:/d", Path.Combine(source, "debian/control")], ToolContext.Default, Cancellation);

        var (outcome, log) = await BuildAsync(source);

        Assert.True(outcome.Status is "done", log);
        var package = outcome.Files.Single(p => Path.GetFileName(p) is "tally_1.0_amd64.deb");
        var files = (await Tool.ReadTextAsync("dpkg-deb", ["--contents", package], ToolContext.Default, Cancellation)).TrimEnd().Split('\n');
        Assert.All(files, file => Assert.Contains(" root/root ", file));
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
            var (outcome, _) = await BuildRulesAsync($"{Package}\n\t{command}");
            Assert.Equal(["tally_1.0_amd64.buildinfo", "tally_1.0_amd64.changes", "tally_1.0_amd64.deb"], outcome.Files.Select(Path.GetFileName));
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
            var entry = new GnuTarEntry(type, name);
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                entry.LinkName = "/etc/passwd";

            await tar.WriteEntryAsync(entry, Cancellation);
        }

        var folder = Directory.CreateDirectory(_folder["out"]).FullName;
        await Assert.ThrowsAsync<BuildResultException>(() => BuildResults.UnpackAsync(_folder["result.tar"], folder, Cancellation));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_build_of_very_many_packages_comes_out_whole()
    {
        await using (var tar = new TarWriter(File.Create(_folder["result.tar"])))
        {
            for (var n = 0; n < 3_000; n++)
                await tar.WriteEntryAsync(new GnuTarEntry(TarEntryType.RegularFile, $"tex{n}_1_all.deb") { DataStream = new MemoryStream("x"u8.ToArray()) }, Cancellation);
        }

        var files = await BuildResults.UnpackAsync(_folder["result.tar"], Directory.CreateDirectory(_folder["out"]).FullName, Cancellation);

        Assert.Equal(3_000, files.Count);
        Assert.All(files, file => Assert.Equal("x", File.ReadAllText(file)));
    }

    [Fact]
    public async Task A_package_twice_is_refused()
    {
        await using (var tar = new TarWriter(File.Create(_folder["result.tar"])))
        {
            await tar.WriteEntryAsync(new GnuTarEntry(TarEntryType.RegularFile, "one_1_all.deb"), Cancellation);
            await tar.WriteEntryAsync(new GnuTarEntry(TarEntryType.RegularFile, "one_1_all.deb"), Cancellation);
        }

        await Assert.ThrowsAsync<BuildResultException>(() => BuildResults.UnpackAsync(_folder["result.tar"], Directory.CreateDirectory(_folder["out"]).FullName, Cancellation));
    }

    [Fact]
    public async Task A_debug_package_of_Ubuntu_is_left_out_by_name()
    {
        var (outcome, log) = await BuildRulesAsync("mkdir -p debian/tally/DEBIAN && dpkg-gencontrol -ptally -Pdebian/tally && dpkg-deb --root-owner-group --build debian/tally .. && cp ../tally_1.0_amd64.deb ../tally-dbgsym_1.0_amd64.ddeb");

        Assert.Contains("Left out, no repository takes it: tally-dbgsym_1.0_amd64.ddeb\n", log);
        Assert.DoesNotContain(outcome.Files, file => file.EndsWith(".ddeb", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_result_that_is_no_archive_is_refused()
    {
        await File.WriteAllTextAsync(_folder["result.tar"], new string('x', 3000), Cancellation);

        await Assert.ThrowsAsync<BuildResultException>(() => BuildResults.UnpackAsync(_folder["result.tar"], _folder.Path, Cancellation));
    }

    private async Task<(BuildOutcome Outcome, string Log)> BuildRulesAsync(string command) => await BuildAsync(await RulesAsync(command));

    private async Task<string> RulesAsync(string command)
    {
        var source = Directory.CreateDirectory(_folder["source"]).FullName;
        await Tool.RunAsync("cp", ["-a", Samples.Tally + "/.", source], ToolContext.Default, Cancellation);
        await File.WriteAllTextAsync(Path.Combine(source, "debian/rules"), $"#!/usr/bin/make -f\nclean:\nbinary build:\n\t{command}\n", Cancellation);
        return source;
    }

    /// <summary>Only the binaries, as after a source task, unless an arch is given.</summary>
    private async Task<(BuildOutcome Outcome, string Log)> BuildAsync(string source, string? arch = null)
    {
        await Tool.RunAsync("tar", ["-cf", _folder["source.tar"], "-C", source, "."], ToolContext.Default, Cancellation);
        return await BuildAsync(new FetchedSource(_folder["source.tar"], SourceKind.Tree, Commit: null), arch ?? "amd64", arch is null ? "http://127.0.0.1/x.dsc" : null);
    }

    private Task<(BuildOutcome Outcome, string Log)> BuildAsync(FetchedSource source, string arch, string? builtSource) =>
        BuildRun.BuildAsync(BuildRun.Task("deb", arch, builtSource), source, _folder[$"build-{Guid.CreateVersion7():N}"], Cancellation);
}
