using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Containers;

public sealed class BuildSandboxesTests : IDisposable
{
    private const string Named = """{"container": {"image": "demo:9"}}""";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, null, Named, null)]
    [InlineData(null, "Demo", Named, null)]
    [InlineData("unix:///engine", null, "{}", null)]
    [InlineData("unix:///engine", null, Named, "demo:9")]
    [InlineData("unix:///engine", "Demo", Named, "mine:1")]
    [InlineData("unix:///engine", "demo", "{}", "mine:1")]
    [InlineData("unix:///engine", "Other", Named, "demo:9")]
    public void An_image_counts_where_an_engine_is_set_and_the_nodes_before_the_platforms(string? engine, string? overridden, string data, string? expected)
    {
        var options = new ContainerOptions { Engine = engine };
        if (overridden is not null)
            options.Images[overridden] = "mine:1";

        Assert.Equal(expected, BuildSandboxes.ImageOf(options, Task(data).Platform));
    }

    [Theory]
    [InlineData("""{"container": null}""")]
    [InlineData("""{"container": "demo:9"}""")]
    [InlineData("""{"container": {}}""")]
    [InlineData("""{"container": {"image": 9}}""")]
    [InlineData("""{"container": {"image": ""}}""")]
    public void A_container_without_an_image_is_not_taken_for_no_container(string data)
    {
        var refused = Assert.Throws<BuildResultException>(() => BuildSandboxes.ImageOf(new ContainerOptions { Engine = "unix:///engine" }, Task(data).Platform));

        Assert.Equal("The platform Demo has a container without the name of an image.", refused.Message);
    }

    [Theory]
    [InlineData(null, Named)]
    [InlineData("unix:///engine", "{}")]
    public async Task Without_an_engine_or_an_image_the_machine_builds(string? engine, string data) =>
        Assert.IsType<Bubblewrap>(await SandboxAsync(new ContainerOptions { Engine = engine }, data));

    [Theory]
    [InlineData("unix:///nowhere/docker.sock")]
    [InlineData("tcp://127.0.0.1:1")]
    [InlineData("http://127.0.0.1:1")]
    public async Task An_engine_that_does_not_answer_is_not_replaced_by_the_machine(string engine)
    {
        var unavailable = await Assert.ThrowsAsync<ContainerEngineException>(() => SandboxAsync(new ContainerOptions { Engine = engine }, Named));

        Assert.True(unavailable.IsUnavailable);
        Assert.StartsWith($"The container engine {engine} is not available: ", unavailable.Message);
    }

    private static NodeTask Task(string data) => BuildRun.Task("deb", "amd64", data: data);

    private async Task<ISandbox> SandboxAsync(ContainerOptions containers, string data)
    {
        var (options, limits) = (Options.Create(containers), Options.Create(new SandboxOptions()));
        using var engine = new ContainerEngine(options);
        await using var log = new BuildLog(_folder["log"], limitBytes: 1 << 20, (_, _, _) => System.Threading.Tasks.Task.FromResult(true));
        var node = Options.Create(new NodeOptions { WorkPath = _folder["node"] });
        return await new BuildSandboxes(new Bubblewrap(limits, TimeProvider.System, ControlGroups.OfMachine), engine, options, limits, node, TimeProvider.System)
            .ForAsync(Task(data), _folder["node/7-1"], log, Cancellation);
    }
}
