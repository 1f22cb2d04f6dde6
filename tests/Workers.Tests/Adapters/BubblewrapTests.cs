using System.Net;
using System.Net.Sockets;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Adapters;

public sealed class BubblewrapTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Exit_code_output_and_log_come_out()
    {
        using var run = new SandboxRun();

        var result = await run.RunAsync("echo \"to $1\"; echo said >&2; exit 7", Cancellation, "file; touch /tmp/x");

        Assert.Equal(new SandboxResult(7, TimedOut: false), result);
        Assert.Equal("to file; touch /tmp/x\n", run.Output);
        Assert.Equal("said\n", run.Log);
    }

    [Fact]
    public async Task It_is_nobody_and_sees_nothing_of_the_host()
    {
        using var run = new SandboxRun();
        Environment.SetEnvironmentVariable("ES_TEST_SECRET", "canary");

        var result = await run.RunAsync("id -u; env | grep -c canary; ls /root /home /work /var/lib/postgresql /etc/shadow 2>/dev/null; ls /proc | grep -c '^[0-9]'", Cancellation);

        Assert.True(result.Succeeded, run.Log);
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal("1000", lines[0]);
        Assert.Equal("0", lines[1]);
        Assert.True(int.Parse(lines[2], System.Globalization.CultureInfo.InvariantCulture) < 8, run.Output);
        Assert.Equal(3, lines.Length);
    }

    [Theory]
    [InlineData("echo x > /x")]
    [InlineData("echo x > /etc/x")]
    [InlineData("echo x > /usr/x")]
    [InlineData("echo x > /dev/x")]
    [InlineData("mount -t tmpfs none /tmp")]
    [InlineData("unshare -U true")]
    [InlineData("kill -9 -1; kill -9 1; cat /proc/1/environ")]
    public async Task It_may_not(string script)
    {
        using var run = new SandboxRun();

        Assert.False((await run.RunAsync($"set -e\n{script}", Cancellation)).Succeeded);
    }

    [Fact]
    public async Task Without_network_a_server_of_the_host_is_out_of_reach()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var port = ((IPEndPoint)server.LocalEndpoint).Port;
        const string Connect = "perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(PeerAddr => \"127.0.0.1:$ARGV[0]\", Timeout => 2) ? 0 : 9)' \"$1\"";

        using var closed = new SandboxRun();
        Assert.Equal(9, (await closed.RunAsync(Connect, Cancellation, $"{port}")).ExitCode);

        using var open = new SandboxRun { Network = SandboxNetwork.Host };
        Assert.Equal(0, (await open.RunAsync(Connect, Cancellation, $"{port}")).ExitCode);
    }

    [Fact]
    public async Task A_full_workspace_is_the_builds_problem_alone()
    {
        using var run = new SandboxRun();

        var result = await run.RunAsync("i=0; while [ $i -lt 20 ]; do head -c 16m /dev/zero > /build/$i || exit 28; i=$((i+1)); done", Cancellation);

        Assert.Equal(28, result.ExitCode);
        Assert.Contains("No space left on device", run.Log);
    }

    [Fact]
    public async Task The_result_file_does_not_grow_past_its_limit()
    {
        using var run = new SandboxRun();

        Assert.False((await run.RunAsync("cat /dev/zero", Cancellation)).Succeeded);
        Assert.Equal(32 << 20, new FileInfo(run.OutputFile).Length);
    }

    [Fact]
    public async Task A_fork_bomb_ends_at_the_limit_and_with_the_run()
    {
        using var run = new SandboxRun { Options = new() { Processes = 32, WallTime = TimeSpan.FromSeconds(2) } };

        var result = await run.RunAsync("bomb() { bomb & bomb; }; bomb", Cancellation, "fork-bomb-marker");

        Assert.False(result.Succeeded);
        Assert.Matches("Cannot fork|Resource temporarily unavailable", run.Log);
        Assert.Equal(0, SandboxRun.Processes("fork-bomb-marker"));
    }

    [Fact]
    public async Task A_process_that_eats_memory_is_killed()
    {
        using var run = new SandboxRun { Options = new() { MemoryBytes = 64 << 20, WorkspaceBytes = 16 << 20 } };

        var result = await run.RunAsync("perl -e '$x = \"a\" x (1 << 30); sleep 60'", Cancellation);

        Assert.False(result.Succeeded);
        Assert.False(result.TimedOut);
    }

    [Fact]
    public async Task The_time_limit_ends_the_whole_tree()
    {
        using var run = new SandboxRun { Options = new() { WallTime = TimeSpan.FromSeconds(1) } };

        var result = await run.RunAsync("trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM; sleep 4711' & sleep 4711", Cancellation, "time-limit-marker");

        Assert.True(result.TimedOut);
        Assert.Equal(0, SandboxRun.Processes("time-limit-marker"));
        Assert.Equal(0, SandboxRun.Processes("sleep\04711"));
    }

    [Fact]
    public async Task Giving_up_ends_the_whole_tree()
    {
        using var run = new SandboxRun();
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        run.OnLog = log => { if (log.Contains("started", StringComparison.Ordinal)) giveUp.Cancel(); };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.RunAsync("setsid sleep 4712 & echo started >&2; wait", giveUp.Token));

        Assert.Equal(0, SandboxRun.Processes("sleep\04712"));
    }

    [Fact]
    public async Task It_has_its_own_user_and_its_group_goes_with_it()
    {
        using var run = new SandboxRun();
        using var seen = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (user, groups) = ("", Array.Empty<string>());
        run.OnLog = _ =>
        {
            var process = SandboxRun.Find("sleep\04713");
            user = File.ReadLines($"{process}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal));
            groups = [.. SandboxRun.GroupsOf("sleep\04713")];
            seen.Cancel();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.RunAsync("sleep 4713 & until grep -qa sleep /proc/$!/cmdline; do :; done; echo started >&2; wait", seen.Token));

        Assert.DoesNotContain("\t0\t", user);
        Assert.DoesNotContain(groups, group => group.Contains("eventsourced-", StringComparison.Ordinal) && Directory.Exists(group));
    }

    [Fact]
    public async Task Its_processes_together_keep_no_more_processors_busy_than_it_may()
    {
        using var run = new SandboxRun { Options = new() { Cpus = 0.2 } };
        var limits = await new Bubblewrap(Options.Create(run.Options), TimeProvider.System, ControlGroups.OfMachine).FindGroupLimitsAsync();

        Assert.Equal(0.2, limits is GroupLimits.All ? await run.WaitUntilHeldAsync("bubblewrap-burns", Cancellation) : 0.2);
    }

    [Fact]
    public async Task Without_groups_processes_that_eat_memory_together_are_ended()
    {
        using var run = new SandboxRun { Groups = ControlGroups.None, Options = new() { MemoryBytes = 96 << 20, WorkspaceBytes = 16 << 20 } };

        var result = await run.RunAsync("for i in 1 2 3 4 5 6; do perl -e '$x = \"a\" x (30 << 20); sleep 60' & done; wait", Cancellation, "eaters-marker");

        Assert.Equal((false, false), (result.Succeeded, result.TimedOut));
        Assert.Contains("Its processes together used more than 117440512 bytes of memory.\n", run.Log);
        Assert.Equal(0, SandboxRun.Processes("eaters-marker"));
    }

    [Fact]
    public async Task Without_groups_memory_that_processes_share_counts_once()
    {
        using var run = new SandboxRun { Groups = ControlGroups.None, Options = new() { MemoryBytes = 96 << 20, WorkspaceBytes = 16 << 20 } };

        var result = await run.RunAsync("perl -e '$x = \"a\" x (30 << 20); for (1..6) { fork or last } sleep 1; 1 while wait > 0; exit 3'", Cancellation);

        Assert.Equal((3, ""), (result.ExitCode, run.Log));
    }

    [Fact]
    public async Task Without_groups_one_process_is_held_to_the_memory_of_all()
    {
        using var run = new SandboxRun { Groups = ControlGroups.None };

        Assert.True((await run.RunAsync("ulimit -v", Cancellation)).Succeeded, run.Log);
        Assert.Equal($"{run.Options.MemoryBytes >> 10}\n", run.Output);
    }

    [Fact]
    public async Task When_memory_is_short_the_kernel_ends_it_first()
    {
        using var run = new SandboxRun();

        Assert.True((await run.RunAsync("cat /proc/self/oom_score_adj", Cancellation)).Succeeded, run.Log);
        Assert.Equal("1000\n", run.Output);
    }
}
