using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Signing;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Packages.Repositories;
using EventSourced.Workers.Tests.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Containers;

[Collection(EngineTests.Name)]
public sealed class ContainerBuildTests : IAsyncLifetime
{
    private const string Changelog = "note (1.0) stable; urgency=low\n\n  * First.\n\n -- Ann <ann@example.org>  Thu, 02 May 2024 10:00:00 +0000\n";

    private readonly TestEngine _engine;
    private readonly TemporaryFolder _folder = new();
    private FileArtifactStore _store = null!;
    private RepositoryServer _server = null!;

    public ContainerBuildTests(TestEngine engine) => _engine = engine;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = new FileArtifactStore(_folder["artifacts"], TimeProvider.System);
        _server = await RepositoryServer.StartAsync(_store);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_deb_is_built_in_the_platforms_image()
    {
        var (outcome, log) = await BuildAsync(Deb(), DebSource("", "id -u; ! command -v git"));

        Assert.True(outcome.Status is "done", log);
        Assert.Superset(new HashSet<string> { "note_1.0.dsc", "note_1.0.tar.gz", "note_1.0_all.deb" }, outcome.Files.Select(Path.GetFileName).ToHashSet()!);
        Assert.Matches($"\nImage {TestEngine.Image}, sha256:[0-9a-f]{{64}}\n", "\n" + log);
        Assert.Contains("\n1000\n", log);
        var package = outcome.Files.Single(file => file.EndsWith(".deb", StringComparison.Ordinal));
        Assert.Contains("./usr/share/note/text", await Tool.ReadTextAsync("dpkg-deb", ["--contents", package], ToolContext.Default, Cancellation));
    }

    [Fact]
    public async Task An_rpm_is_built_in_the_platforms_image()
    {
        var (outcome, log) = await BuildAsync(Rpm(), RpmSource(requires: "perl"));

        Assert.True(outcome.Status is "done", log);
        Assert.Equal(["note-1.0-1.noarch.rpm", "note-1.0-1.src.rpm"], outcome.Files.Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_build_dependency_of_a_deb_comes_from_the_tasks_repository()
    {
        var packages = new[] { await HelloPackage.BuildAsync(_folder, _store, "1.0") };
        var (files, _) = await new AptIndex(_store, Signer, Publishing).MakeAsync("amd64", packages, [], Cancellation);
        _server.Serve(files, packages);

        var (outcome, log) = await BuildAsync(Deb() with { Repositories = [Repository] }, DebSource("hello (>= 1.0)", "hello; dpkg-query -W hello"));

        Assert.True(outcome.Status is "done", log);
        Assert.Contains("\nBuild dependencies that are looked for in the task's repositories: hello (>= 1.0)\n", log);
        Assert.Contains("\nhello 1.0\n", log);
        Assert.Contains("\nhello\t1.0\n", log);
    }

    [Fact]
    public async Task A_build_dependency_of_an_rpm_comes_from_the_tasks_repository()
    {
        var packages = new[] { await HelloRpm.BuildAsync(_folder, _store, "1.0") };
        var (files, _) = await new RpmIndex(_store, Signer, Publishing).MakeAsync(packages, [], Cancellation);
        _server.Serve(files, packages);

        var (outcome, log) = await BuildAsync(Rpm() with { Repositories = [Repository] }, RpmSource(requires: "hello >= 1.0, perl"));

        Assert.True(outcome.Status is "done", log);
        Assert.Contains("looked for in the task's repositories: hello >= 1.0\n", log);
        Assert.Contains("\nhello 1.0\n", log);
    }

    [Fact]
    public async Task What_only_the_machine_has_is_missing_in_the_image()
    {
        Assert.True(File.Exists("/usr/bin/git"));
        var packages = new[] { await HelloPackage.BuildAsync(_folder, _store, "1.0") };
        var (files, _) = await new AptIndex(_store, Signer, Publishing).MakeAsync("amd64", packages, [], Cancellation);
        _server.Serve(files, packages);

        var (outcome, log) = await BuildAsync(Deb() with { Repositories = [Repository] }, DebSource("git", "true"));

        Assert.Equal("failed", outcome.Status);
        Assert.Contains("\nMissing build dependencies: git. ", log);
    }

    [Fact]
    public async Task A_build_that_fails_says_so_in_its_log()
    {
        var (outcome, log) = await BuildAsync(Deb(), DebSource("", "echo said > /dev/stderr; exit 3"));

        Assert.Equal("failed", outcome.Status);
        Assert.Contains("\nsaid\n", log);
        Assert.Contains("The build ended with", log);
    }

    [Theory]
    [InlineData("no-such-image:1", "does not have the image no-such-image:1, and Containers:Pull does not let it be fetched.")]
    [InlineData(TestEngine.VolumeImage, "declares volumes (/data)")]
    public async Task An_image_that_cannot_be_used_is_a_failed_task_with_the_reason(string image, string reason)
    {
        var refused = await Assert.ThrowsAsync<BuildResultException>(() => BuildAsync(Deb(image), DebSource("", "true")));

        Assert.Contains(reason, refused.Message);
    }

    [Fact]
    public async Task An_image_whose_registry_does_not_have_it_is_a_failed_task_with_the_reason()
    {
        var (outcome, log) = await BuildAsync(Deb("127.0.0.1:1/no/image:1"), DebSource("", "true"), new ContainerOptions { Engine = _engine.Address, Pull = true });

        Assert.Equal("failed", outcome.Status);
        Assert.Contains("The image 127.0.0.1:1/no/image:1 is fetched.\n", log);
        Assert.Contains("dial tcp 127.0.0.1:1: ", log);
    }

    [Fact]
    public async Task The_nodes_image_goes_before_the_platforms()
    {
        var options = new ContainerOptions { Engine = _engine.Address, Images = { ["demo"] = TestEngine.Image } };

        var (outcome, log) = await BuildAsync(Deb("no-such-image:1"), DebSource("", "true"), options);

        Assert.True(outcome.Status is "done", log);
    }

    private NodeTaskRepository Repository => new("hello", _server.Address.AbsoluteUri);

    private static NodeTask Deb(string image = TestEngine.Image) => BuildRun.Task("deb", "amd64", data: Data(image));

    private static NodeTask Rpm() => BuildRun.Task("rpm", "x86_64", data: Data(TestEngine.Image));

    private static string Data(string image) => $$$"""{"container": {"image": "{{{image}}}"}}""";

    private static Dictionary<string, string> DebSource(string depends, string command) => new()
    {
        ["debian/changelog"] = Changelog,
        ["debian/control"] = $"Source: note\nMaintainer: Ann <ann@example.org>\nBuild-Depends: {depends}\nRules-Requires-Root: no\n\nPackage: note\nArchitecture: all\nDescription: a note\n",
        ["debian/rules"] = $"""
            #!/usr/bin/make -f
            clean:
            build:
            	{command}
            binary: build
            	mkdir -p debian/note/DEBIAN debian/note/usr/share/note && echo note > debian/note/usr/share/note/text
            	dpkg-gencontrol -pnote -Pdebian/note && dpkg-deb --root-owner-group --build debian/note ..

            """,
    };

    private static Dictionary<string, string> RpmSource(string requires) => new()
    {
        ["note.spec"] = $"""
            Name: note
            Version: 1.0
            Release: 1
            Summary: A note
            License: MIT
            BuildArch: noarch
            BuildRequires: {requires}
            %description
            A note.
            %install
            mkdir -p %buildroot/usr/share/note
            echo note > %buildroot/usr/share/note/text
            %check
            [ ! -e /usr/share/hello/text ] || cat /usr/share/hello/text
            %files
            /usr/share/note

            """,
    };

    private Task<(BuildOutcome Outcome, string Log)> BuildAsync(NodeTask task, Dictionary<string, string> source, ContainerOptions? containers = null)
    {
        var tree = _folder[$"tree-{Guid.CreateVersion7():N}"];
        foreach (var (path, text) in source)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(tree, path))!); // a file of the tree has a folder
            File.WriteAllText(Path.Combine(tree, path), text);
        }

        return BuildRun.BuildTreeAsync(task, tree, $"{tree}-build", Cancellation, containers: containers ?? new ContainerOptions { Engine = _engine.Address });
    }

    private GpgSigner Signer => new(Options.Create(new SigningOptions { Home = _folder["gnupg"] }));

    private IOptions<PublishingOptions> Publishing => Options.Create(new PublishingOptions { WorkPath = _folder["publish"] });
}
