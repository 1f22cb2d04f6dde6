using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EventSourced.Support;

/// <summary>One run of the postmaster, under a shell that stops it when this process's end of the pipe closes.</summary>
internal sealed class ServerProcess
{
    // "read" returns at end of file too: when the test process dies, kill -9 included, the cluster stops and its folder goes.
    private const string Guard = """
        root=$1; shift
        "$@" & pid=$!
        echo "postmaster $pid"
        if read -r line && [ "$line" = stop ]; then kill -INT $pid; wait $pid; exit 0; fi
        kill -QUIT $pid; wait $pid; rm -rf "$root"
        """;

    private readonly Process shell;
    private readonly StringBuilder log = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process shell) => this.shell = shell;

    public int PostmasterId { get; private set; }

    public static async Task<ServerProcess> StartAsync(string root, int port, PostgresServerOptions options, CancellationToken token)
    {
        var start = PostgresBinaries.StartInfo("/bin/sh",
            ["-c", Guard, "sh", root, PostgresBinaries.Path("postgres"), "-D", $"{root}/data", .. options.Arguments(root, port)]);

        var server = new ServerProcess(Process.Start(start)!);
        var first = await server.shell.StandardOutput.ReadLineAsync(token) ?? throw new InvalidOperationException("The shell of the test server ended at once.");
        server.PostmasterId = int.Parse(first.Split(' ')[1], CultureInfo.InvariantCulture);
        server.shell.ErrorDataReceived += server.OnLogLine;
        server.shell.BeginErrorReadLine();
        await server.ready.Task.WaitAsync(TimeSpan.FromMinutes(1), token);
        return server;
    }

    public Task StopAsync(CancellationToken token) => EndAsync("stop", token);

    /// <summary>Ends the server at once and removes its folder after its last child is gone.</summary>
    public Task RemoveAsync(CancellationToken token) => EndAsync("remove", token);

    private async Task EndAsync(string how, CancellationToken token)
    {
        if (!shell.HasExited)
            await shell.StandardInput.WriteLineAsync(how);

        await shell.WaitForExitAsync(token);
        shell.Dispose();
    }

    public async Task KillAsync(CancellationToken token)
    {
        // The children are listed before their parent dies and gives them away.
        int[] victims = [PostmasterId, .. ChildrenOf(PostmasterId)];
        foreach (var id in victims)
            Kill(id);

        await StopAsync(token);
    }

    private void OnLogLine(object sender, DataReceivedEventArgs line)
    {
        lock (log)
            log.AppendLine(line.Data);

        if (line.Data is null)
            ready.TrySetException(new InvalidOperationException($"The test server ended: {log}"));
        else if (line.Data.Contains("database system is ready to accept connections", StringComparison.Ordinal))
            ready.TrySetResult();
    }

    private static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // It ended by itself.
        }
    }

    private static int[] ChildrenOf(int parent)
    {
        var list = $"/proc/{parent}/task/{parent}/children";
        return File.Exists(list)
            ? [.. File.ReadAllText(list).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))]
            : [];
    }
}
