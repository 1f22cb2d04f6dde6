using System.Diagnostics;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Adapters;

/// <summary>Which folders are chosen, and what is written to them; that the kernel holds it is shown where sandboxes run.</summary>
public sealed class ControlGroupsTests : IDisposable
{
    private const string All = "cpuset cpu memory pids\n";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Root => _folder.Path;

    private string Own => _folder["user.slice/node.service"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Groups_are_made_below_the_own_one_where_it_is_left_to_us()
    {
        Group(Root, enabled: All);
        Group(Own, enabled: "memory pids\n", controllers: "memory pids\n");

        AssertUnified(Find(), Own, "memory", "pids");
    }

    [Fact]
    public void Where_this_process_is_alone_it_makes_room_and_asks_for_the_controllers()
    {
        Group(Root, enabled: All);
        Group(Own, enabled: "", processes: $"{Environment.ProcessId}\n");

        // No kernel grants what is asked for here, so it is the root after all.
        AssertUnified(Find(), Root, "memory", "pids", "cpu");
        Assert.Equal($"{Environment.ProcessId}", File.ReadAllText($"{Own}/{GroupName.Own}/cgroup.procs"));
        Assert.Equal("+memory +pids +cpu", File.ReadAllText($"{Own}/cgroup.subtree_control"));
    }

    [Fact]
    public void Where_others_are_it_stays_with_them()
    {
        Group(Root, enabled: All);
        Group(Own, enabled: "", processes: $"1\n{Environment.ProcessId}\n");

        AssertUnified(Find(), Root, "memory", "pids", "cpu");
        Assert.Empty(Directory.GetDirectories(Own));
    }

    [Theory]
    [InlineData("/../../else.service")]
    [InlineData("/gone.service")]
    public void A_group_outside_of_what_is_mounted_is_none(string membership)
    {
        Group(Root, enabled: All);

        AssertUnified(Find(membership), Root, "memory", "pids", "cpu");
    }

    [Fact]
    public void Without_control_of_memory_and_processes_there_are_none()
    {
        Group(Root, enabled: "cpu memory\n", controllers: "cpu memory\n");

        Assert.Empty(Find().Parents);
    }

    [Fact]
    public void Of_the_first_version_each_controller_has_its_own_and_processors_may_be_missing()
    {
        Directory.CreateDirectory(_folder["memory"]);
        Directory.CreateDirectory(_folder["pids"]);
        Assert.Equal([$"{Root}/memory", $"{Root}/pids"], Find().Parents.Select(parent => parent.Folder));

        Directory.CreateDirectory(_folder["cpu"]);
        File.WriteAllText(_folder["cpu/cpu.cfs_quota_us"], "-1\n");
        Assert.Equal([$"{Root}/memory", $"{Root}/pids", $"{Root}/cpu"], Find().Parents.Select(parent => parent.Folder));
        Assert.False(Find().IsUnified);
    }

    [Fact]
    public void Where_nothing_is_mounted_there_are_none() => Assert.Empty(Find().Parents);

    [Fact]
    public async Task A_run_is_in_a_group_with_all_its_limits()
    {
        Group(Root, enabled: All);
        using var run = new SandboxRun
        {
            Groups = Find(), Options = new() { MemoryBytes = 256 << 20, WorkspaceBytes = 64 << 20, Processes = 64, Cpus = 1.5 },
        };

        Assert.True((await run.RunAsync("true", Cancellation)).Succeeded, run.Log);

        var group = Assert.Single(Directory.GetDirectories(Root)); // it holds files, so it stays
        Assert.Equal(["335544320", "64", "150000 100000"], new[] { "memory.max", "pids.max", "cpu.max" }.Select(file => File.ReadAllText($"{group}/{file}")));
        Assert.NotEmpty(File.ReadAllText($"{group}/cgroup.procs"));
    }

    [Fact]
    public async Task Groups_that_killed_processes_left_are_removed_unless_something_is_in_them()
    {
        Group(Root, enabled: All);
        using var ended = Process.Start("true");
        await ended.WaitForExitAsync(Cancellation);
        var dead = GroupName.Of(ended.Id);
        string[] left = [dead, $"{dead}-1", $"{dead}-2"], others = [GroupName.OfRun(1), $"{GroupName.Of(1)}-1", $"eventsourced-1-{ended.Id}-1", "eventsourced-of-another", "user.slice"];
        foreach (var name in left.Concat(others))
            Directory.CreateDirectory(_folder[name]);

        File.WriteAllText(_folder[$"{dead}-2/cgroup.procs"], $"{ended.Id}\n");

        new Bubblewrap(Options.Create(new SandboxOptions()), TimeProvider.System, Find()).RemoveAbandonedGroups();

        Assert.Equal(others.Append($"{dead}-2").Order(StringComparer.Ordinal), Directory.GetDirectories(Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private ControlGroups Find(string membership = "/user.slice/node.service")
    {
        var file = _folder["membership"];
        File.WriteAllText(file, $"4:memory:/elsewhere\n0::{membership}\n");
        return ControlGroups.Find(Root, file);
    }

    private static void Group(string folder, string enabled, string processes = "", string controllers = All)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText($"{folder}/cgroup.subtree_control", enabled);
        File.WriteAllText($"{folder}/cgroup.controllers", controllers);
        File.WriteAllText($"{folder}/cgroup.procs", processes);
    }

    private static void AssertUnified(ControlGroups found, string folder, params string[] controllers)
    {
        var parent = Assert.Single(found.Parents);
        Assert.True(found.IsUnified);
        Assert.Equal((folder, string.Join(' ', controllers)), (parent.Folder, string.Join(' ', parent.Controllers)));
    }
}
