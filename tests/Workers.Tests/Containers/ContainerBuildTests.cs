using EventSourced.Domain.Packages.Repositories;
using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Packages.Repositories;
using EventSourced.Workers.Tests.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Containers;

[Collection(EngineTests.Name)]
public sealed class ContainerBuildTests : IAsyncLifetime
{
    private readonly TestEngine _engine;
    private PublishingBench _bench = null!;

    public ContainerBuildTests(TestEngine engine) => _engine = engine;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bench = await PublishingBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_deb_is_built_in_the_platforms_image()
    {
        var (outcome, log) = await BuildAsync(Deb(), NoteSources.Deb("", "id -u; ! command -v git"));

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
        var (outcome, log) = await BuildAsync(Rpm(), NoteSources.Rpm(requires: "perl"));

        Assert.True(outcome.Status is "done", log);
        Assert.Equal(["note-1.0-1.noarch.rpm", "note-1.0-1.src.rpm"], outcome.Files.Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_build_dependency_of_a_deb_comes_from_the_tasks_repository()
    {
        var packages = new[] { await HelloPackage.BuildAsync(_bench.Folder, _bench.Store, "1.0") };
        var (files, _) = await new AptIndex(_bench.Store, _bench.Signer, _bench.Publishing).MakeAsync("amd64", packages, [], Cancellation);
        _bench.Server.Serve(files, packages);

        var (outcome, log) = await BuildAsync(Deb() with { Repositories = [Repository] }, NoteSources.Deb("hello (>= 1.0)", "hello; dpkg-query -W hello"));

        Assert.True(outcome.Status is "done", log);
        Assert.Contains("\nBuild dependencies that are looked for in the task's repositories: hello (>= 1.0)\n", log);
        Assert.Contains("\nhello 1.0\n", log);
        Assert.Contains("\nhello\t1.0\n", log);
    }

    [Fact]
    public async Task A_build_dependency_of_an_rpm_comes_from_the_tasks_repository()
    {
        var packages = new[] { await HelloRpm.BuildAsync(_bench.Folder, _bench.Store, "1.0") };
        var (files, _) = await new RpmIndex(_bench.Store, _bench.Signer, _bench.Publishing).MakeAsync(packages, [], Cancellation);
        _bench.Server.Serve(files, packages);

        var (outcome, log) = await BuildAsync(Rpm() with { Repositories = [Repository] }, NoteSources.Rpm(requires: "hello >= 1.0, perl"));

        Assert.True(outcome.Status is "done", log);
        Assert.Contains("looked for in the task's repositories: hello >= 1.0\n", log);
        Assert.Contains("\nhello 1.0\n", log);
    }

    [Fact]
    public async Task Where_the_images_packages_are_rpms_they_say_what_is_there()
    {
        const string Own = "rpm-image:test";
        await MakeRpmImageAsync(Own);
        var packages = new[] { await HelloRpm.BuildAsync(_bench.Folder, _bench.Store, "1.0") };
        var (files, _) = await new RpmIndex(_bench.Store, _bench.Signer, _bench.Publishing).MakeAsync(packages, [], Cancellation);
        _bench.Server.Serve(files, packages);

        var (outcome, log) = await BuildAsync(Rpm(Own) with { Repositories = [Repository] }, NoteSources.Rpm(requires: "hello >= 1.0, image-tool >= 2.0"));
        var (refused, reason) = await BuildAsync(Rpm(Own) with { Repositories = [Repository] }, NoteSources.Rpm(requires: "hello >= 1.0, image-tool >= 3.0"));

        Assert.True(outcome.Status is "done", log);
        Assert.Contains("\nhello 1.0\n", log);
        Assert.Equal("failed", refused.Status);
        Assert.Contains("\nMissing build dependencies: hello >= 1.0, image-tool >= 3.0. ", reason);
    }

    [Fact]
    public async Task What_only_the_machine_has_is_missing_in_the_image()
    {
        Assert.True(File.Exists("/usr/bin/git"));
        var packages = new[] { await HelloPackage.BuildAsync(_bench.Folder, _bench.Store, "1.0") };
        var (files, _) = await new AptIndex(_bench.Store, _bench.Signer, _bench.Publishing).MakeAsync("amd64", packages, [], Cancellation);
        _bench.Server.Serve(files, packages);

        var (outcome, log) = await BuildAsync(Deb() with { Repositories = [Repository] }, NoteSources.Deb("git", "true"));

        Assert.Equal("failed", outcome.Status);
        Assert.Contains("\nMissing build dependencies: git. ", log);
    }

    [Fact]
    public async Task A_build_that_fails_says_so_in_its_log()
    {
        var (outcome, log) = await BuildAsync(Deb(), NoteSources.Deb("", "echo said > /dev/stderr; exit 3"));

        Assert.Equal("failed", outcome.Status);
        Assert.Contains("\nsaid\n", log);
        Assert.Contains("The build ended with", log);
    }

    [Theory]
    [InlineData("no-such-image:1", "does not have the image no-such-image:1, and Containers:Pull does not let it be fetched.")]
    [InlineData(TestEngine.VolumeImage, "declares volumes (/data)")]
    public async Task An_image_that_cannot_be_used_is_a_failed_task_with_the_reason(string image, string reason)
    {
        var refused = await Assert.ThrowsAsync<BuildResultException>(() => BuildAsync(Deb(image), NoteSources.Deb("", "true")));

        Assert.Contains(reason, refused.Message);
    }

    [Fact]
    public async Task An_image_whose_registry_does_not_have_it_is_a_failed_task_with_the_reason()
    {
        var (outcome, log) = await BuildAsync(Deb("127.0.0.1:1/no/image:1"), NoteSources.Deb("", "true"), new ContainerOptions { Engine = _engine.Address, Pull = true });

        Assert.Equal("failed", outcome.Status);
        Assert.Contains("The image 127.0.0.1:1/no/image:1 is fetched.\n", log);
        Assert.Contains("dial tcp 127.0.0.1:1: ", log);
    }

    [Fact]
    public async Task The_nodes_image_goes_before_the_platforms()
    {
        var options = new ContainerOptions { Engine = _engine.Address, Images = { ["demo"] = TestEngine.Image } };

        var (outcome, log) = await BuildAsync(Deb("no-such-image:1"), NoteSources.Deb("", "true"), options);

        Assert.True(outcome.Status is "done", log);
    }

    private NodeTaskRepository Repository => new("hello", _bench.Server.Address.AbsoluteUri);

    private static NodeTask Deb(string image = TestEngine.Image) => BuildRun.Task("deb", "amd64", data: Data(image));

    private static NodeTask Rpm(string image = TestEngine.Image) => BuildRun.Task("rpm", "x86_64", data: Data(image));

    /// <summary>The image with a package in the database of its rpm.</summary>
    private async Task MakeRpmImageAsync(string name)
    {
        var spec = "Name: image-tool\nVersion: 2.0\nRelease: 1\nSummary: A tool\nLicense: MIT\nBuildArch: noarch\n%description\nA tool.\n%files\n";
        await File.WriteAllTextAsync(_bench.Folder["image-tool.spec"], spec, Cancellation);
        await Tool.RunAsync(
            "sh",
            [
                "-euc", """
                rpmbuild --quiet -bb --define "_topdir $PWD/top" image-tool.spec
                mkdir -p files/var/lib/rpm files/etc/rpm
                rpm --force-debian --dbpath "$PWD/files/var/lib/rpm" --justdb --nodeps -i top/RPMS/noarch/*.rpm
                echo '%_dbpath /var/lib/rpm' > files/etc/rpm/macros
                tar -C files --owner=0 --group=0 -cf files.tar .
                """,
            ],
            new ToolContext { WorkingDirectory = _bench.Folder.Path }, Cancellation);
        var repository = name.Split(':');
        var spare = new ContainerSpec(TestEngine.Image, ["/bin/sh"]) { HostConfig = new() { ReadonlyRootfs = false } };
        var container = await _engine.Client.CreateAsync("rpm-image", spare, Cancellation);
        await using (var files = File.OpenRead(_bench.Folder["files.tar"]))
            await _engine.Client.UnpackAsync(container, files, Cancellation);

        await _engine.Client.CommitAsync(container, repository[0], repository[1], Cancellation);
        await _engine.Client.RemoveAsync(container, Cancellation);
    }

    private static string Data(string image) => $$$"""{"container": {"image": "{{{image}}}"}}""";

    private Task<(BuildOutcome Outcome, string Log)> BuildAsync(NodeTask task, Dictionary<string, string> source, ContainerOptions? containers = null)
    {
        var tree = _bench.Folder[$"tree-{Guid.CreateVersion7():N}"];
        foreach (var (path, text) in source)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(tree, path))!); // a file of the tree has a folder
            File.WriteAllText(Path.Combine(tree, path), text);
        }

        return BuildRun.BuildTreeAsync(task, tree, $"{tree}-build", Cancellation, containers: containers ?? new ContainerOptions { Engine = _engine.Address });
    }

    private IOptions<PublishingOptions> Publishing => Options.Create(new PublishingOptions { WorkPath = _bench.Folder["publish"] });
}
