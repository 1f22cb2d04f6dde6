using System.Formats.Tar;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;

namespace EventSourced.Workers.Tests.Packages;

public sealed class RpmBuildTests : IDisposable
{
    private const string Dist = """{"definitions": {"dist": ".el9", "vendor": "Somebody (of %{name})"}}""";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_arch_without_a_source_task_makes_the_source_package_and_the_binaries()
    {
        var (outcome, log) = await BuildAsync(BuildRun.Task("rpm", "x86_64", data: Dist), Samples.Greet);

        Assert.True(outcome.Status is "done", log);
        Assert.Equal(["greet-1.0-1.el9.src.rpm", "greet-1.0-1.el9.x86_64.rpm"], outcome.Files.Select(Path.GetFileName));
        Assert.StartsWith("/usr/bin/greet Somebody (of greet)\n", await QueryAsync(outcome.Files[1], "[%{FILENAMES} %{=VENDOR}\n]"));
        Assert.Equal("greet-1.0.tar.gz greet.spec ", await QueryAsync(outcome.Files[0], "[%{FILENAMES} ]"));
        Assert.Contains("make check", log);
    }

    [Fact]
    public async Task A_source_task_makes_the_source_package_from_which_the_arch_is_then_built()
    {
        var (source, _) = await BuildAsync(BuildRun.Task("rpm", "src", data: Dist), Samples.Greet);
        Assert.Equal("greet-1.0-1.el9.src.rpm", Path.GetFileName(Assert.Single(source.Files)));

        var (binaries, log) = await BuildPackageAsync(BuildRun.Task("rpm", "x86_64", "http://127.0.0.1/greet-1.0-1.el9.src.rpm", Dist), source.Files[0]);
        Assert.True(binaries.Status is "done", log);
        Assert.Equal("greet-1.0-1.el9.x86_64.rpm", Path.GetFileName(Assert.Single(binaries.Files)));
    }

    [Theory]
    [InlineData("src", new[] { "greet-1.0-1.el8.src.rpm" })]
    [InlineData("x86_64", new[] { "greet-1.0-1.el8.src.rpm", "greet-1.0-1.el8.x86_64.rpm" })]
    public async Task A_foreign_source_package_is_made_anew_with_the_platforms_definitions(string arch, string[] expected)
    {
        var (source, _) = await BuildAsync(BuildRun.Task("rpm", "src", data: Dist), Samples.Greet);

        var (outcome, log) = await BuildPackageAsync(BuildRun.Task("rpm", arch, data: """{"definitions": {"dist": ".el8"}}"""), source.Files[0]);

        Assert.True(outcome.Status is "done", log);
        Assert.Equal(expected, outcome.Files.Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_spec_may_be_in_its_folder_with_its_sources_in_theirs()
    {
        var spec = Spec("Source0: quiet.txt\nSource1: other.txt", "cp %{SOURCE0} %{SOURCE1} %{buildroot}/usr/", "/usr/*.txt");
        var tree = Tree(("SPECS/quiet.spec", spec), ("SOURCES/quiet.txt", "from SOURCES"), ("SPECS/other.txt", "beside the spec"));

        var (outcome, log) = await BuildAsync(BuildRun.Task("rpm", "x86_64"), tree);

        Assert.True(outcome.Status is "done", log);
        Assert.Equal("/usr/other.txt /usr/quiet.txt ", await QueryAsync(outcome.Files[0], "[%{FILENAMES} ]"));
    }

    [Theory]
    [InlineData("with", "yes")]
    [InlineData("without", "no")]
    public async Task Conditions_come_as_definitions(string condition, string expected)
    {
        var tree = Tree(("quiet.spec", "%bcond_without extra\n" + Spec("", "echo %{?with_extra:yes}%{!?with_extra:no} > %{buildroot}/usr/said", "/usr/said")));

        var (outcome, log) = await BuildAsync(
            BuildRun.Task("rpm", "x86_64", data: """{"definitions": {"_X_extra": "--X-extra", "_empty_one": "", "_null": null}}""".Replace("X", condition)), tree);

        Assert.True(outcome.Status is "done", log);
        Assert.Contains($"+ echo {expected}\n", log);
    }

    [Theory]
    [InlineData("ExclusiveArch: ppc64le", "x86_64", "excluded")]
    [InlineData("ExcludeArch: x86_64", "x86_64", "excluded")]
    [InlineData("ExclusiveArch: x86_64 ppc64le", "x86_64", "done")]
    [InlineData("ExclusiveArch: ppc64le", "src", "done")]
    public async Task A_package_that_is_not_meant_for_the_arch_is_excluded(string tag, string arch, string status)
    {
        var (outcome, log) = await BuildAsync(BuildRun.Task("rpm", arch), Tree(("quiet.spec", Spec(tag, "true", "").Replace("BuildArch: noarch\n", ""))));

        Assert.True(outcome.Status == status, log);
    }

    [Fact]
    public async Task Missing_build_dependencies_are_named_and_those_of_the_machine_found()
    {
        var (outcome, log) = await BuildAsync(
            BuildRun.Task("rpm", "x86_64"), Tree(("quiet.spec", Spec("BuildRequires: gcc >= 4, no-such-library-devel, /bin/sh, pkgconfig(no-such)", "true", ""))));

        Assert.Equal("failed", outcome.Status);
        Assert.Contains("Missing build dependencies: no-such-library-devel pkgconfig(no-such)\n", log);
    }

    [Theory]
    [InlineData("no .spec file", "readme")]
    [InlineData("several .spec files", "a.spec", "b.spec")]
    public async Task A_source_without_one_spec_fails_with_the_reason(string reason, params string[] files)
    {
        var (outcome, log) = await BuildAsync(BuildRun.Task("rpm", "src"), Tree([.. files.Select(file => (file, "x"))]));

        Assert.Equal("failed", outcome.Status);
        Assert.Contains(reason, log);
    }

    [Fact]
    public async Task A_definition_that_is_no_macro_is_refused()
    {
        var refused = await Assert.ThrowsAsync<BuildResultException>(
            () => BuildAsync(BuildRun.Task("rpm", "x86_64", data: """{"definitions": {"dist .el9; touch": "x"}}"""), Samples.Greet));

        Assert.Contains("cannot be given to rpm", refused.Message);
        await Assert.ThrowsAsync<BuildResultException>(() => BuildAsync(BuildRun.Task("rpm", "x86_64", data: """{"mock": {"target_arch": "--eval"}}"""), Samples.Greet));
    }

    [Fact]
    public async Task The_places_of_a_build_cannot_be_moved_by_definitions()
    {
        var (outcome, log) = await BuildAsync(
            BuildRun.Task("rpm", "x86_64", data: """{"definitions": {"_topdir": "/usr", "_rpmdir": "/etc", "_tmppath": "/root"}}"""), Samples.Greet);

        Assert.True(outcome.Status is "done", log);
    }

    [Theory]
    [InlineData("echo x > /usr/x")]
    [InlineData("echo x > /etc/x")]
    [InlineData("rpm -i --root / *.rpm")]
    [InlineData("perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => \"1.1.1.1:80\", Timeout => 3) or die'")]
    [InlineData("head -c 64m /dev/zero > fill")]
    [InlineData("bomb() { bomb & bomb; }; bomb")]
    public async Task A_hostile_build_harms_only_itself(string command)
    {
        var limits = new SandboxOptions { WorkspaceBytes = 32 << 20, MemoryBytes = 256 << 20, Processes = 48, WallTime = TimeSpan.FromSeconds(20) };
        var tree = Tree(("quiet.spec", Spec("", command, "")));

        var marker = $"{Guid.CreateVersion7():N}";
        var task = BuildRun.Task("rpm", "x86_64", data: """{"definitions": {"marker": "MARKER"}}""".Replace("MARKER", marker));

        var (outcome, _) = await BuildRun.BuildTreeAsync(task, tree, _folder["build"], Cancellation, limits);

        Assert.Equal("failed", outcome.Status);
        Assert.False(File.Exists("/usr/x") || File.Exists("/etc/x"));
        Assert.Equal(0, SandboxRun.Processes(marker));
    }

    [Fact]
    public async Task It_starts_no_more_jobs_than_it_has_processors_for()
    {
        var tree = Tree(("quiet.spec", Spec("", "echo jobs %{_smp_mflags}", "")));

        var (_, log) = await BuildRun.BuildTreeAsync(BuildRun.Task("rpm", "x86_64"), tree, NewFolder(), Cancellation, new SandboxOptions { Cpus = 0.7 });

        Assert.Contains("\njobs -j1\n", log);
    }

    [Fact]
    public async Task What_runs_while_the_spec_is_read_runs_in_the_sandbox_too()
    {
        var (outcome, log) = await BuildAsync(BuildRun.Task("rpm", "src"), Tree(("quiet.spec", "%(touch /usr/x; id -u >&2)\n" + Spec("", "true", ""))));

        Assert.True(outcome.Status is "done", log);
        Assert.Contains("\n1000\n", log);
        Assert.False(File.Exists("/usr/x"));
    }

    private Task<(BuildOutcome Outcome, string Log)> BuildAsync(NodeTask task, string tree) => BuildRun.BuildTreeAsync(task, tree, NewFolder(), Cancellation);

    private async Task<(BuildOutcome Outcome, string Log)> BuildPackageAsync(NodeTask task, string package)
    {
        var tarFile = _folder["package.tar"];
        await using (var tar = new TarWriter(File.Create(tarFile)))
            await tar.WriteEntryAsync(package, Path.GetFileName(package), Cancellation);

        return await BuildRun.BuildAsync(task, new FetchedSource(tarFile, SourceKind.Package, Commit: null), NewFolder(), Cancellation);
    }

    private string NewFolder() => _folder[$"build-{Guid.CreateVersion7():N}"];

    private string Tree(params (string Path, string Text)[] files)
    {
        var tree = _folder[$"tree-{Guid.CreateVersion7():N}"];
        foreach (var (path, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(tree, path))!); // a file of the tree has a folder
            File.WriteAllText(Path.Combine(tree, path), text);
        }

        return tree;
    }

    private static string Spec(string tags, string install, string files) => $"""
        Name: quiet
        Version: 1
        Release: 1
        Summary: Says nothing
        License: MIT
        BuildArch: noarch
        {tags}

        %description
        Says nothing.

        %install
        mkdir -p %buildroot/usr
        {install}

        %files
        {files}

        """;

    private static Task<string> QueryAsync(string package, string form) =>
        Tool.ReadTextAsync("rpm", ["--query", "--nosignature", "--queryformat", form, "--package", package], ToolContext.Default, Cancellation);
}
