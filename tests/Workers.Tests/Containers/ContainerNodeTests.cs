using System.Diagnostics;
using System.Net.Sockets;
using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;
using EventSourced.Workers.Tests.Crash;
using EventSourced.Workers.Tests.Packages;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Workers.Tests.Containers;

[Collection(EngineTests.Name)]
public sealed class ContainerNodeTests(TestEngine engine) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _made = [];
    private GitRepository _repository = null!;
    private NodeMaster _master = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.StartAsync();
        _master = await NodeMaster.StartAsync();
        await File.WriteAllTextAsync(_folder["node-build.token"], "the-key\n", Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var id in _made)
            await engine.Client.RemoveAsync(id, CancellationToken.None);

        await _master.DisposeAsync();
        await _repository.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_task_is_built_in_the_image_from_the_commit_to_the_report()
    {
        await CommitAsync("echo build is running");
        _master.Queue(7, _repository.Url, "main");
        using var host = Node(engine.Address);
        await host.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Until.Stalled, Cancellation);

        Assert.True((string?)report["status"] is "done", _master.Log);
        Assert.Contains($"\nImage {TestEngine.Image}, sha256:", _master.Log);
        Assert.Contains(report["artifacts"]!.AsArray(), artifact => (string?)artifact!["name"] is "note_1.0_all.deb");
        await host.StopAsync(Cancellation);
        Assert.Empty(await LeftAsync());
    }

    [Fact]
    public async Task A_task_that_was_taken_away_is_ended_within_five_seconds_of_the_news()
    {
        await CommitAsync("echo build is running; while :; do setsid sh -c 'trap \"\" TERM; sleep 4827' & done");
        _master.Queue(7, _repository.Url, "main");
        using var host = Node(engine.Address);
        await host.StartAsync(Cancellation);
        await _master.LogContainsAsync("build is running\n").WaitAsync(Until.Stalled, Cancellation);

        _master.Lost = 7;
        await _master.Pinged.Task.WaitAsync(Cancellation);
        var learned = Stopwatch.GetTimestamp();
        _master.Queue(8, "ext::x", "main");

        Assert.Equal(8, (int?)(await _master.Report.WaitAsync(Until.Stalled, Cancellation))["task_id"]);
        Assert.Equal(0, SandboxRun.Processes("sleep\04827"));
        Assert.InRange(Stopwatch.GetElapsedTime(learned), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Empty(_master.HandedBack);
        await host.StopAsync(Cancellation);
        Assert.Empty(await LeftAsync());
    }

    [Fact]
    public async Task Without_its_engine_a_node_takes_no_task_until_the_engine_answers()
    {
        _master.Queue(7, "ext::x", "main");
        var socket = _folder["engine.sock"];
        using (var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            silent.Bind(new UnixDomainSocketEndPoint(socket));
            silent.Listen();
            using var host = Node($"unix://{socket}");
            await host.StartAsync(Cancellation);
            for (var asked = 0; asked < 3; asked++)
                (await silent.AcceptAsync(Cancellation)).Dispose();

            Assert.Equal(0, _master.Asked);
            File.Delete(socket);
            File.CreateSymbolicLink(socket, new Uri(engine.Address).LocalPath);
            await _master.Report.WaitAsync(Until.Stalled, Cancellation);
            await host.StopAsync(Cancellation);
        }

        Assert.InRange(_master.Asked, 1, int.MaxValue);
    }

    [Fact]
    public async Task What_a_killed_node_left_goes_at_its_next_start_and_nothing_else()
    {
        var node = NodeIdentity.Of(_folder["node"]);
        using var work = WorkFolder.In(_folder["node"], "8-1-");
        var left = await StartAsync(new ContainerOwner(node, "7-1-gone", "7-1"), "4821");
        await engine.Client.CommitAsync(left, "eventsourced-build", "left", Cancellation);
        await StartAsync(new ContainerOwner(node, Path.GetFileName(work.Path), "8-1"), "4822");
        await StartAsync(new ContainerOwner("another-node", "7-1-gone", "7-1"), "4823");
        await StartAsync(owner: null, "4824");

        using (var host = Node(engine.Address))
        {
            await host.StartAsync(Cancellation);
            await Until.TrueAsync(
                "the image is gone", async () => await engine.Client.FindImageAsync("eventsourced-build:left", Cancellation) is null, Until.Stalled, Cancellation);
            await host.StopAsync(Cancellation);
        }

        Assert.Equal([0, 1, 1, 1], new[] { "4821", "4822", "4823", "4824" }.Select(seconds => SandboxRun.Processes($"/bin/sleep\0{seconds}")));
        Assert.NotNull(await engine.Client.FindImageAsync(TestEngine.Image, Cancellation));
    }

    [Fact]
    public void A_node_is_the_same_after_a_restart_and_like_no_other()
    {
        var first = NodeIdentity.Of(_folder["node"]);

        Assert.Matches("^[0-9a-f]{12}$", first);
        Assert.Equal(first, NodeIdentity.Of(_folder["node"]));
        Assert.NotEqual(first, NodeIdentity.Of(_folder["other"]));
    }

    private async Task<string> StartAsync(ContainerOwner? owner, string seconds)
    {
        var spec = new ContainerSpec(TestEngine.Image, ["/bin/sleep", seconds]) { Labels = owner?.Labels ?? new Dictionary<string, string>() };
        var id = await engine.Client.CreateAsync(owner?.ContainerName ?? "somebody-elses", spec, Cancellation);
        _made.Add(id);
        await engine.Client.StartAsync(id, Cancellation);
        return id;
    }

    private async Task CommitAsync(string command) =>
        await _repository.CommitAsync([.. NoteSources.Deb("", command).Select(file => (file.Key, file.Value))]);

    private Task<IReadOnlyList<EngineThing>> LeftAsync() =>
        engine.Client.ContainersAsync($"{ContainerOwner.NodeLabel}={NodeIdentity.Of(_folder["node"])}", Cancellation);

    private IHost Node(string address)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Path"] = _folder.Path, ["Node:MasterUrl"] = _master.Address.ToString(), ["Containers:Engine"] = address,
            ["Containers:Images:Demo"] = TestEngine.Image, ["Node:Arches:0"] = "amd64", ["Node:PingInterval"] = "00:00:00.1", ["Git:PrivateHosts:0"] = "127.0.0.1",
            ["Sandbox:Processes"] = "128",
        });
        builder.Services.AddBuildNode();
        return builder.Build();
    }
}
