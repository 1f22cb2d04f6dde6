using System.Diagnostics;
using System.Globalization;
using EventSourced.ServiceDefaults.Hosting;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>A host that is started again whenever it ends, as an init system would.</summary>
internal sealed class SupervisedHost
{
    private readonly string host;
    private readonly IReadOnlyDictionary<string, string> settings;
    private readonly Task running;
    private readonly Lock killing = new();
    private volatile HostProcess? current;
    private DateTime started;
    private volatile int killed;
    private volatile bool stopping;

    public SupervisedHost(string host, IReadOnlyDictionary<string, string> settings)
    {
        (this.host, this.settings) = (host, settings);
        running = RunAsync();
    }

    /// <summary>Ends that nobody asked for.</summary>
    public List<string> OwnEnds { get; } = [];

    /// <summary>Called with its process just before that is killed.</summary>
    public Action<int> OnKill { get; init; } = _ => { };

    /// <summary>Starts that gave up because PostgreSQL was killed while they asked it.</summary>
    public int GivenUpStarts { get; private set; }

    /// <summary>What it said last.</summary>
    public string Tail => current is { } process ? $"{host} {process.ProcessId}:\n{process.Tail}" : $"{host} does not run.";

    /// <summary>kill -9; false when there is no process at the moment.</summary>
    public bool Kill()
    {
        lock (killing)
            return current is { } process && process.ProcessId != killed && Kill(process.ProcessId);
    }

    /// <summary>Whether it is signing just now: gpg runs for it.</summary>
    public bool Signs => current is { } process && Directory.EnumerateDirectories("/proc").Any(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]) && IsSignerOf(process.ProcessId, folder));

    /// <summary>Whether it has such files in its folder for work in progress, and not from an earlier life.</summary>
    public bool HasWork(string folder, string files)
    {
        try
        {
            return current is { } process && process.ProcessId != killed
                && Directory.EnumerateFiles(folder, files, SearchOption.AllDirectories).Any(file => File.GetCreationTimeUtc(file) > started);
        }
        catch (IOException)
        {
            return false; // there is no such folder yet, or it is just being removed
        }
    }

    /// <summary>Takes the processor from it: it keeps all it has and does nothing, as a machine that stalls.</summary>
    public Task FreezeAsync(CancellationToken token) => SignalAsync("-STOP", token);

    public Task ThawAsync(CancellationToken token) => SignalAsync("-CONT", token);

    /// <summary>Asks it to stop, as an operator would.</summary>
    public async Task StopAsync()
    {
        stopping = true;
        if (current is { } process)
            await process.StopAsync(CancellationToken.None);
        await running;
    }

    private bool Kill(int process)
    {
        killed = process;
        OnKill(process);
        try
        {
            HostProcess.Kill(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false; // it has just ended by itself
        }
    }

    private static bool IsSignerOf(int worker, string folder)
    {
        try
        {
            // PID (NAME) STATE PARENT …
            return File.ReadAllText(Path.Combine(folder, "stat")).Split(' ') is [_, var name, _, var parent, ..]
                && name.StartsWith("(gpg", StringComparison.Ordinal) && parent == worker.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false; // no process, or one that has ended meanwhile
        }
    }

    private async Task RunAsync()
    {
        while (!stopping)
        {
            await using var process = await HostProcess.StartAsync(host, settings, CancellationToken.None);
            (started, current) = (DateTime.UtcNow, process);
            if (stopping)
                await process.StopAsync(CancellationToken.None);
            var (exitCode, output, errors) = await process.EndAsync(CancellationToken.None);
            current = null;
            await KeptLogs.WriteAsync($"{host}-{process.ProcessId}", output + errors);
            if (process.ProcessId != killed)
                NoteOwnEnd(exitCode, output, errors);
        }
    }

    private void NoteOwnEnd(int exitCode, string output, string errors)
    {
        if (exitCode is HostStart.Unavailable && !output.Contains("Application started.", StringComparison.Ordinal))
            GivenUpStarts++;
        else if (exitCode is not 0 || !stopping)
            OwnEnds.Add($"{host} ended with {exitCode}: {errors}{string.Join('\n', output.Split('\n').TakeLast(3))}");
    }

    private async Task SignalAsync(string signal, CancellationToken token)
    {
        if (current is not { } process)
            throw new InvalidOperationException($"{host} does not run.");

        using var kill = Process.Start("kill", [signal, process.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(token);
        Assert.Equal(0, kill.ExitCode);
    }
}
