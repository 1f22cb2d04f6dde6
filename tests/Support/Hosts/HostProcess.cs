using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace EventSourced.Support;

/// <summary>One of the hosts as a real process. It is asked to stop when this process ends, however that happens.</summary>
public sealed class HostProcess : IAsyncDisposable
{
    // "read" returns at end of file: the pipe closes when the test process dies, kill -9 included.
    private const string Guard = """
        exec 3<&0 </dev/null
        "$@" & pid=$!
        echo "pid $pid"
        ( read -r line <&3; kill -TERM $pid ) >/dev/null 2>&1 & watcher=$!
        wait $pid; code=$?
        kill $watcher 2>/dev/null
        exit $code
        """;

    private readonly Process shell;
    private readonly StreamWriter input;
    private readonly Task<string> errors;
    private readonly List<string> lines = [];
    private readonly Task<(int ExitCode, string Output, string Errors)> end;
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool ended;

    private HostProcess(Process shell, int processId)
    {
        this.shell = shell;
        input = shell.StandardInput;
        ProcessId = processId;
        errors = shell.StandardError.ReadToEndAsync();
        end = ReadToEndAsync();
    }

    public int ProcessId { get; }

    /// <summary>The last lines of its output so far.</summary>
    public string Tail
    {
        get
        {
            lock (lines)
                return string.Join('\n', lines.TakeLast(30));
        }
    }

    /// <summary>Starts <c>Api</c> or <c>Workers</c> with settings written as in the environment (<c>Data__Path</c>).</summary>
    public static async Task<HostProcess> StartAsync(string host, IReadOnlyDictionary<string, string> settings, CancellationToken token, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guard, "sh", "dotnet", Checkout.HostAssembly(host), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;

        var shell = Process.Start(start)!;
        var first = await shell.StandardOutput.ReadLineAsync(token) ?? throw new InvalidOperationException("The shell of the host ended at once.");
        return new HostProcess(shell, int.Parse(first.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Where it listens; waits until it does.</summary>
    public async Task<Uri> AddressAsync(CancellationToken token)
    {
        const string Announcement = "Now listening on: ";
        var line = await LogAsync(Announcement, token);
        await LogAsync("Application started.", token);
        return new Uri(JsonDocument.Parse(line).RootElement.GetProperty("Message").GetString()![Announcement.Length..]);
    }

    /// <summary>The first line of output that holds the text, past or to come.</summary>
    public async Task<string> LogAsync(string text, CancellationToken token)
    {
        while (true)
        {
            Task changed;
            lock (lines)
            {
                if (lines.Find(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
                    return found;
                changed = ended ? Task.CompletedTask : next.Task;
            }

            if (changed.IsCompletedSuccessfully && ended)
                throw new InvalidOperationException($"The host ended without \"{text}\":\n{string.Join('\n', lines)}\n{await errors}");
            await changed.WaitAsync(TimeSpan.FromMinutes(1), token);
        }
    }

    /// <summary>Asks it to stop and waits for the end.</summary>
    public async Task<int> StopAsync(CancellationToken token)
    {
        try
        {
            await input.WriteLineAsync("stop");
        }
        catch (IOException)
        {
            // It ended by itself.
        }

        return (await EndAsync(token)).ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync(CancellationToken token)
    {
        Kill(ProcessId);
        await EndAsync(token);
    }

    /// <summary>Waits for its own end; several may, and who disposes it first takes nothing from the others.</summary>
    public Task<(int ExitCode, string Output, string Errors)> EndAsync(CancellationToken token) => end.WaitAsync(token);

    /// <summary>kill -9 of any process the test has started.</summary>
    public static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        shell.Dispose();
    }

    private async Task<(int ExitCode, string Output, string Errors)> ReadToEndAsync()
    {
        while (await shell.StandardOutput.ReadLineAsync() is { } line)
            Publish(() => lines.Add(line));
        Publish(() => ended = true);
        await shell.WaitForExitAsync();
        return (shell.ExitCode, string.Join('\n', lines), await errors);
    }

    private void Publish(Action change)
    {
        TaskCompletionSource signal;
        lock (lines)
        {
            change();
            signal = next;
            next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        signal.SetResult();
    }
}
