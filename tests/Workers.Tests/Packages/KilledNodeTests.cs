using System.Net.Http.Json;
using System.Text.Json;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Tests.Adapters;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>The real node between the real hosts.</summary>
public sealed class KilledNodeTests : IAsyncLifetime
{
    private const string Arch = "amd64", Endless = "sleep 4732", Sleeping = "sleep\04732";

    private readonly RealHosts hosts = new() { NodeSilence = TimeSpan.FromSeconds(10) };
    private GitRepository repository = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        repository = await GitRepository.StartAsync();
        await hosts.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await hosts.DisposeAsync();
        await repository.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_of_the_build_of_a_killed_node_is_left_and_the_next_start_clears_its_folder_and_builds_again()
    {
        await CommitAsync(Endless);
        var (_, task) = await hosts.RequestAsync(Arch, url: repository.Url);
        await using var node = await hosts.StartNodeAsync(Arch);
        IReadOnlyList<RunningProcess> tree = [];
        await Until.TrueAsync("the build runs", () => IsBuilding(tree = ProcessTree.Below(node.ProcessId)), Token);
        Assert.Contains(tree, p => p.CommandLine.StartsWith("bwrap\0", StringComparison.Ordinal));

        await node.KillAsync(Token);

        await Until.TrueAsync("nothing of the build runs", () => !tree.Any(p => p.IsThere) && SandboxRun.Processes(Sleeping) is 0, Token);
        var left = Directory.GetFileSystemEntries(hosts.NodeFolder);
        Assert.NotEmpty(left);
        Assert.Equal(ControlGroups.OfMachine.Parents.Count, GroupsOf(node.ProcessId).Count());

        await CommitAsync("dpkg-gencontrol -Pdebian/slow && dpkg-deb --root-owner-group --build debian/slow ..");
        await using var next = await hosts.StartNodeAsync(Arch);
        await Until.TrueAsync("what was left is cleared", () => !left.Concat(GroupsOf(node.ProcessId)).Any(Path.Exists), Token);
        IReadOnlyList<string> events = [];
        await Until.TrueAsync("the task has ended", async () => HasEnded(events = await EventsAsync(task)), Until.Stalled, Token);
        Assert.Equal("build_task_succeeded", events[^1]);
        Assert.Contains("build_task_requeued", events);
        Assert.Equal(0, await next.StopAsync(Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(hosts.NodeFolder));
    }

    private static IEnumerable<string> GroupsOf(int process) =>
        ControlGroups.OfMachine.Parents.SelectMany(parent => Directory.EnumerateDirectories(parent.Folder, $"{GroupName.Of(process)}-*"));

    private static bool IsBuilding(IReadOnlyList<RunningProcess> tree) => tree.Any(p => p.CommandLine.StartsWith(Sleeping, StringComparison.Ordinal));

    private static bool HasEnded(IReadOnlyList<string> events) => events[^1] is "build_task_succeeded" or "build_task_failed";

    /// <summary>A package that is made by this command.</summary>
    private Task<string> CommitAsync(string command) => repository.CommitAsync(
        ("debian/control", "Source: slow\nMaintainer: Ann <ann@example.org>\n\nPackage: slow\nArchitecture: all\nDescription: slow\n"),
        ("debian/changelog", "slow (1.0) stable; urgency=low\n\n  * New.\n\n -- Ann <ann@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n"),
        ("debian/rules", $"#!/usr/bin/make -f\nclean build:\nbinary:\n\tmkdir -p debian/slow/DEBIAN\n\t{command}\n"));

    private async Task<IReadOnlyList<string>> EventsAsync(int task) =>
        [.. (await hosts.Admin.GetFromJsonAsync<JsonElement>($"/api/streams/events?key=build_task-{task}", Token)).GetProperty("items").EnumerateArray()
            .Select(e => e.GetProperty("type").GetString()!)];
}
