using System.Globalization;
using System.Text;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Adapters;

/// <summary>Runs one script in a real sandbox and keeps what it said.</summary>
public sealed class SandboxRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringBuilder _log = new();

    public SandboxOptions Options { get; init; } = new() { WorkspaceBytes = 64 << 20, MemoryBytes = 256 << 20, FileBytes = 32 << 20, Processes = 64 };

    public SandboxNetwork Network { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Which sandbox; bubblewrap unless another one is given.</summary>
    public Func<SandboxOptions, ISandbox>? Sandbox { get; init; }

    public ControlGroups Groups { get; init; } = ControlGroups.OfMachine;

    public string? Input { get; init; }

    public SandboxLayer? Layer { get; init; }

    public string Log => _log.ToString();

    public string OutputFile => _folder["output"];

    public string Output => File.ReadAllText(OutputFile);

    /// <summary>Called with each piece of the log.</summary>
    public Action<string> OnLog { get; set; } = _ => { };

    public void Dispose() => _folder.Dispose();

    public Task<SandboxResult> RunAsync(string script, CancellationToken cancellation, params string[] arguments) =>
        (Sandbox?.Invoke(Options) ?? new Bubblewrap(Microsoft.Extensions.Options.Options.Create(Options), Time, Groups)).RunAsync(
            new SandboxCommand(script, arguments, OutputFile)
            {
                InputFile = Input ?? "/dev/null",
                Layer = Layer,
                Network = Network,
                Log = (bytes, _) =>
                {
                    _log.Append(Encoding.UTF8.GetString(bytes.Span));
                    OnLog(Log);
                    return ValueTask.CompletedTask;
                },
            },
            cancellation);

    /// <summary>Processes of the machine with this text in their command line.</summary>
    public static int Processes(string text) => All(text).Count();

    /// <summary>The <c>/proc</c> folder of one.</summary>
    public static string Find(string text) => All(text).First();

    /// <summary>Processes that a process has started and that have not ended.</summary>
    public static int ChildrenOf(int processId) => All().Count(folder => Read(folder, "status").Contains($"\nPPid:\t{processId}\n", StringComparison.Ordinal));

    /// <summary>Folders of the control groups of one that runs.</summary>
    public static IReadOnlyList<string> GroupsOf(string text) =>
    [
        .. File.ReadLines($"{Find(text)}/cgroup").Select(line => line.Split(':', 3)).Select(parts => $"/sys/fs/cgroup/{parts[1]}{parts[2]}"),
    ];

    /// <summary>Lets four processes burn processor time until the kernel has held them back, and gives how many processors their group may keep busy.</summary>
    public async Task<double> WaitUntilHeldAsync(string marker, CancellationToken cancellation)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = RunAsync("for i in 1 2 3 4; do while :; do :; done & done; wait", giveUp.Token, marker);
        var limit = 0.0;
        await Until.TrueAsync("processes are held back", () => running.IsCompleted || (limit = HeldTo(marker)) > 0, cancellation);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        return limit;
    }

    /// <summary>How many processors the group of one may keep busy, once it was held to them; else 0.</summary>
    private static double HeldTo(string marker)
    {
        if (Processes(marker) is 0 || GroupsOf(marker).FirstOrDefault(folder => File.Exists($"{folder}/cpu.cfs_quota_us") || File.Exists($"{folder}/cpu.max")) is not { } group)
            return 0;

        var limit = File.Exists($"{group}/cpu.max") ? File.ReadAllText($"{group}/cpu.max").Split(' ')
            : [File.ReadAllText($"{group}/cpu.cfs_quota_us"), File.ReadAllText($"{group}/cpu.cfs_period_us")];
        var held = File.ReadLines($"{group}/cpu.stat").Single(line => line.StartsWith("nr_throttled ", StringComparison.Ordinal));
        return Number(held.Split(' ')[1]) > 0 ? Number(limit[0]) / (double)Number(limit[1]) : 0;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<string> All(string text) => All().Where(folder => Read(folder, "cmdline").Contains(text, StringComparison.Ordinal));

    private static IEnumerable<string> All() => Directory.EnumerateDirectories("/proc").Where(folder => Path.GetFileName(folder).All(char.IsAsciiDigit));

    private static string Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
