using System.Diagnostics;
using System.Text.Json;
using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Tests.Adapters;

namespace EventSourced.Workers.Tests.Containers;

[Collection(EngineTests.Name)]
public sealed class ContainerSandboxTests(TestEngine engine)
{
    private static readonly ContainerOwner Owner = new("sandboxtests", "7-1-folder", "7-1");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Exit_code_output_and_log_come_out_and_nothing_stays()
    {
        using var run = Run();

        var result = await run.RunAsync("echo \"to $1\"; echo said >&2; exit 7", Cancellation, "file; touch /tmp/x");

        Assert.Equal(new SandboxResult(7, TimedOut: false), result);
        Assert.Equal("to file; touch /tmp/x\n", run.Output);
        Assert.Equal("said\n", run.Log);
        Assert.Empty(await engine.Client.ContainersAsync($"{ContainerOwner.NodeLabel}={Owner.Node}", Cancellation));
    }

    [Fact]
    public async Task Input_and_output_of_any_length_pass_unchanged()
    {
        using var folder = new TemporaryFolder();
        await Tool.RunAsync("sh", ["-c", "head -c 20000000 /dev/urandom > \"$0\"", folder["input"]], ToolContext.Default, Cancellation);
        using var run = Run(input: folder["input"]);

        Assert.True((await run.RunAsync("cat; cat", Cancellation)).Succeeded, run.Log);

        Assert.Equal(await File.ReadAllBytesAsync(folder["input"], Cancellation), await File.ReadAllBytesAsync(run.OutputFile, Cancellation));
    }

    [Fact]
    public async Task What_it_does_not_read_is_no_trouble()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["input"], new byte[20 << 20], Cancellation);
        using var run = Run(input: folder["input"]);

        Assert.Equal(3, (await run.RunAsync("exit 3", Cancellation)).ExitCode);
    }

    [Fact]
    public async Task It_is_nobody_without_rights_and_network_on_a_read_only_root()
    {
        Environment.SetEnvironmentVariable("ES_TEST_SECRET", "canary");
        using var run = Run();

        await run.RunAsync(
            """
            id -u; id -g; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; cat /proc/net/dev | sed 1,2d | cut -d: -f1 | tr -d ' '; env | grep -c canary
            for path in / /etc /usr /dev /var /sys/fs/cgroup /proc/sys/kernel; do touch "$path/x" 2>/dev/null && echo "wrote to $path"; done
            for path in /build /tmp /var/tmp /dev/shm; do
                printf '#!/bin/sh\nexit 0\n' > "$path/run" && chmod +x "$path/run" || echo "cannot write to $path"
            done
            /build/run && /tmp/run || echo 'cannot run'
            mount -t tmpfs none /tmp 2>/dev/null && echo mounted
            unshare -U true 2>/dev/null && echo unshared
            ls /proc | grep -c '^[0-9]*$'
            """,
            Cancellation);

        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(
            ["1000", "1000", "CapBnd:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2", "lo", "0"],
            [lines[0], lines[1], .. lines[2..6].Order(StringComparer.Ordinal), .. lines[6..^1]]);
        Assert.InRange(int.Parse(lines[^1], System.Globalization.CultureInfo.InvariantCulture), 1, 6);
    }

    [Fact]
    public async Task A_full_workspace_is_the_builds_problem_alone()
    {
        using var run = Run();

        var result = await run.RunAsync(
            "for path in /build /tmp /var/tmp; do i=0; while head -c 16m /dev/zero > $path/$i; do i=$((i+1)); done; du -sm $path; done; exit 28", Cancellation);

        Assert.Equal(28, result.ExitCode);
        Assert.Equal(3, run.Log.Split("No space left on device").Length - 1);
        Assert.Equal(["64\t/build", "16\t/tmp", "16\t/var/tmp"], run.Output.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task The_result_file_does_not_grow_past_its_limit()
    {
        using var run = Run();

        Assert.False((await run.RunAsync("cat /dev/zero", Cancellation)).Succeeded);
        Assert.Equal(32 << 20, new FileInfo(run.OutputFile).Length);
    }

    [Fact]
    public async Task A_fork_bomb_ends_at_the_limit_and_with_the_run()
    {
        using var run = Run(new() { Processes = 32, WallTime = TimeSpan.FromSeconds(2) });

        var result = await run.RunAsync("bomb() { bomb & bomb; }; bomb", Cancellation, "container-fork-bomb");

        Assert.False(result.Succeeded);
        Assert.Matches("Cannot fork|Resource temporarily unavailable", run.Log);
        Assert.Equal(0, SandboxRun.Processes("container-fork-bomb"));
    }

    [Fact]
    public async Task A_process_that_eats_memory_is_killed()
    {
        using var run = Run(new() { MemoryBytes = 64 << 20, WorkspaceBytes = 16 << 20 });

        var result = await run.RunAsync("perl -e '$x = \"a\" x (1 << 30); sleep 60'", Cancellation);

        Assert.False(result.Succeeded);
        Assert.False(result.TimedOut);
    }

    [Fact]
    public async Task Its_processes_together_keep_no_more_processors_busy_than_it_may()
    {
        using var run = Run(new() { Cpus = 0.2 });

        Assert.Equal(0.2, await run.WaitUntilHeldAsync("container-burns", Cancellation));
    }

    [Fact]
    public async Task More_processors_than_the_machine_has_are_no_trouble_and_the_engine_knows_all_limits()
    {
        using var run = Run(new() { MemoryBytes = 256 << 20, WorkspaceBytes = 64 << 20, Processes = 64, Cpus = 512 });
        var known = "";
        run.OnLog = _ => known = engine.InspectAsync(Owner.ContainerName).GetAwaiter().GetResult();

        Assert.True((await run.RunAsync("echo started >&2", Cancellation)).Succeeded, run.Log);

        var limits = JsonDocument.Parse(known).RootElement.GetProperty("HostConfig");
        Assert.Equal([335544320, 335544320, 64, 100_000, 51_200_000], new[] { "Memory", "MemorySwap", "PidsLimit", "CpuPeriod", "CpuQuota" }.Select(name => limits.GetProperty(name).GetInt64()));
    }

    [Fact]
    public async Task The_time_limit_ends_the_whole_tree()
    {
        using var run = Run(new() { WallTime = TimeSpan.FromSeconds(1) });

        var result = await run.RunAsync("trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM; sleep 4811' & sleep 4811", Cancellation);

        Assert.True(result.TimedOut);
        Assert.Equal(0, SandboxRun.Processes("sleep\04811"));
    }

    [Fact]
    public async Task Giving_up_ends_the_whole_tree_within_five_seconds()
    {
        using var run = Run();
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (running, asked) = (0, 0L);
        run.OnLog = log =>
        {
            if (!log.Contains("started", StringComparison.Ordinal))
                return;

            (running, asked) = (SandboxRun.Processes("sleep\04812"), Stopwatch.GetTimestamp());
            giveUp.Cancel();
        };

        const string Script = "setsid -V >/dev/null || exit; trap '' TERM; setsid sleep 4812 & until grep -qa sleep /proc/$!/cmdline; do :; done; echo started >&2; wait";
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.RunAsync(Script, giveUp.Token));

        Assert.InRange(Stopwatch.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal((1, 0), (running, SandboxRun.Processes("sleep\04812")));
        Assert.Empty(await engine.Client.ContainersAsync($"{ContainerOwner.NodeLabel}={Owner.Node}", Cancellation));
    }

    [Fact]
    public async Task A_repeat_removes_what_is_left_of_the_first_time()
    {
        var spec = new ContainerSpec(TestEngine.Image, ["/bin/sleep", "4813"]) { Labels = Owner.Labels };
        var first = await engine.Client.CreateAsync(Owner.ContainerName, spec, Cancellation);
        await engine.Client.StartAsync(first, Cancellation);
        using var run = Run();

        Assert.True((await run.RunAsync("true", Cancellation)).Succeeded, run.Log);

        Assert.Equal(0, SandboxRun.Processes("sleep\04813"));
    }

    [Fact]
    public async Task A_layer_lies_over_the_image_for_one_run_and_its_script_has_the_same_limits()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["wave"], "waves\n", Cancellation);
        await Tool.RunAsync("tar", ["-C", folder.Path, "-cf", folder["layer.tar"], "wave"], ToolContext.Default, Cancellation);
        const string Script = "id -u; mkdir -p /mnt/root/usr/share/wave; cp /mnt/packages/wave /mnt/root/usr/bin; ! touch /usr/x 2>/dev/null || echo wrote";
        using var run = Run(layer: new SandboxLayer(folder["layer.tar"], Script));

        var result = await run.RunAsync(
            "cat /usr/bin/wave; ls -ldn /usr/bin/wave /usr/share/wave | awk '{ print $3 $4 }'; touch /usr/share/wave/x; perl -e 'print 1'", Cancellation);

        Assert.True(result.Succeeded, run.Log);
        Assert.Equal("waves\n00\n00\n1", run.Output);
        Assert.StartsWith("1000\n", run.Log);
        Assert.DoesNotContain("wrote", run.Log);
        Assert.Contains("Read-only file system", run.Log);
        Assert.Empty(await engine.Client.ImagesAsync($"{ContainerOwner.NodeLabel}={Owner.Node}", Cancellation));
        using var after = Run();
        Assert.False((await after.RunAsync("test -e /usr/bin/wave", Cancellation)).Succeeded);
    }

    [Fact]
    public async Task A_layer_that_fails_is_the_end_of_the_run()
    {
        using var folder = new TemporaryFolder();
        await Tool.RunAsync("tar", ["-C", folder.Path, "-cf", folder["layer.tar"], "--files-from=/dev/null"], ToolContext.Default, Cancellation);
        using var run = Run(layer: new SandboxLayer(folder["layer.tar"], "echo broken; exit 9"));

        var result = await run.RunAsync("echo built", Cancellation);

        Assert.Equal(9, result.ExitCode);
        Assert.Contains("broken", run.Log);
    }

    [Fact]
    public async Task An_image_without_a_shell_is_refused_by_the_engine()
    {
        using var run = new SandboxRun { Sandbox = limits => new ContainerSandbox(engine.Client, TestEngine.VolumeImage, Owner, limits, TimeProvider.System) };

        var refused = await Assert.ThrowsAsync<ContainerEngineException>(() => run.RunAsync("true", Cancellation));

        Assert.False(refused.IsUnavailable);
        Assert.Contains("/bin/sh", refused.Message);
    }

    [Fact]
    public async Task It_has_no_network_to_give()
    {
        using var run = new SandboxRun
        {
            Sandbox = limits => new ContainerSandbox(engine.Client, TestEngine.Image, Owner, limits, TimeProvider.System), Network = SandboxNetwork.Host,
        };

        await Assert.ThrowsAsync<ArgumentException>(() => run.RunAsync("true", Cancellation));
    }

    private SandboxRun Run(SandboxOptions? limits = null, string? input = null, SandboxLayer? layer = null) => new()
    {
        Options = limits ?? new() { WorkspaceBytes = 64 << 20, MemoryBytes = 256 << 20, FileBytes = 32 << 20, Processes = 64, WallTime = TimeSpan.FromMinutes(1) },
        Sandbox = options => new ContainerSandbox(engine.Client, TestEngine.Image, Owner, options, TimeProvider.System),
        Input = input,
        Layer = layer,
    };
}
