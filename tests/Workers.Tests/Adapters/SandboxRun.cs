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

    public string? Input { get; init; }

    public SandboxLayer? Layer { get; init; }

    public string Log => _log.ToString();

    public string OutputFile => _folder["output"];

    public string Output => File.ReadAllText(OutputFile);

    /// <summary>Called with each piece of the log.</summary>
    public Action<string> OnLog { get; set; } = _ => { };

    public void Dispose() => _folder.Dispose();

    public Task<SandboxResult> RunAsync(string script, CancellationToken cancellation, params string[] arguments) =>
        (Sandbox?.Invoke(Options) ?? new Bubblewrap(Microsoft.Extensions.Options.Options.Create(Options), Time)).RunAsync(
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
