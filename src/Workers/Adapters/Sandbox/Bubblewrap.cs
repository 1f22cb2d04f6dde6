using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>
/// Runs foreign code in bubblewrap: own user (when we are root), namespaces, a read-only view of the machine's tools, memory as its only writable place,
/// limits. Nothing of it is left when <see cref="RunAsync"/> returns or throws.
/// </summary>
public sealed class Bubblewrap(IOptions<SandboxOptions> options, TimeProvider time, ControlGroups groups) : ISandbox
{
    private const uint FirstUser = 100_000_000;
    private const uint UsersPerProcess = 64;

    private static int _runs;

    /// <inheritdoc/>
    public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellation)
    {
        var (run, group) = NewGroup();
        try
        {
            using var process = new Process { StartInfo = StartInfo(command, UserOf(run), group) };
            using var limit = new CancellationTokenSource(command.TimeWithin(options.Value), time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
            var exit = await StartAsync(process);
            await using var stopped = stop.Token.Register(() => process.Kill());
            using var ended = new CancellationTokenSource();
            var excess = group.LimitsMemory ? Task.FromResult<string?>(null) : new RunWatch(process, options.Value, time).HoldAsync(ended.Token);
            try
            {
                await ForwardAsync(process, command.Log, cancellation);
            }
            finally
            {
                await exit;
                await ended.CancelAsync();
            }

            if (await excess is { } reason)
                await command.Log(Encoding.UTF8.GetBytes($"{reason}\n"), cancellation);

            cancellation.ThrowIfCancellationRequested();
            return new SandboxResult(await exit, TimedOut: limit.IsCancellationRequested);
        }
        finally
        {
            await group.RemoveAsync(time);
        }
    }

    /// <summary>Which limits hold for all processes of a run together.</summary>
    public async Task<GroupLimits> FindGroupLimitsAsync()
    {
        var group = NewGroup().Group;
        await group.RemoveAsync(time);
        return group switch { { LimitsMemory: false } => GroupLimits.None, { LimitsProcessors: false } => GroupLimits.AllButProcessors, _ => GroupLimits.All };
    }

    /// <summary>Removes the groups of killed processes, which nothing else removes.</summary>
    public void RemoveAbandonedGroups() => ResourceGroup.RemoveAbandoned(groups);

    private (uint Run, ResourceGroup Group) NewGroup()
    {
        var run = (uint)Interlocked.Increment(ref _runs);
        return (run, ResourceGroup.Create(groups, GroupName.OfRun(run), options.Value));
    }

    private ProcessStartInfo StartInfo(SandboxCommand command, uint? user, ResourceGroup group)
    {
        var start = new ProcessStartInfo("/bin/sh", SandboxArguments.Build(command, options.Value, user, group))
        {
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        return start;
    }

    /// <summary>
    /// bubblewrap dies with the thread that started it (a parent-death signal follows threads), so that thread must live as long as the run: none of the
    /// pool, which retires its threads.
    /// </summary>
    private static async Task<Task<int>> StartAsync(Process process)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var exited = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                process.Start();
            }
            catch (System.ComponentModel.Win32Exception e)
            {
                started.SetException(e);
                return;
            }

            started.SetResult();
            process.WaitForExit();
            exited.SetResult(process.ExitCode);
        })
        { IsBackground = true, Name = "sandbox" };
        thread.Start();
        await started.Task;
        return exited.Task;
    }

    private static async Task ForwardAsync(Process process, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> log, CancellationToken cancellation)
    {
        var buffer = new byte[32 * 1024];
        var output = process.StandardError.BaseStream;
        try
        {
            // Ends when the last process that holds the pipe is gone, which is the end of the whole tree.
            for (int read; (read = await output.ReadAsync(buffer, CancellationToken.None)) > 0;)
                await log(buffer.AsMemory(0, read), cancellation);
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>Every run its own user, also among several worker processes of the machine; null when we cannot change users.</summary>
    private static uint? UserOf(uint run) =>
        Environment.IsPrivilegedProcess ? FirstUser + ((uint)Environment.ProcessId * UsersPerProcess) + (run % UsersPerProcess) : null;
}

/// <summary>What control groups hold on this machine.</summary>
public enum GroupLimits
{
    All,
    AllButProcessors,
    None,
}
