using System.Diagnostics;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>A server that has just been started: until its pid file is there, only its process tells what becomes of it.</summary>
internal sealed class ServerStart : IDisposable
{
    private readonly Process process;

    private ServerStart(Process process) => this.process = process;

    public int ProcessId => process.Id;

    public bool HasEnded => process.HasExited;

    /// <summary>In a session of its own: what the terminal sends to the host does not reach the server, and it outlives the host.</summary>
    public static ServerStart Begin(ServerAccount account, PostgresBinaries binaries, ClusterPaths paths)
    {
        var server = account.Run("/bin/sh", "-c", "exec \"$0\" -D \"$1\" </dev/null >\"$2\" 2>&1", binaries.Postgres, paths.Data, paths.StartLog);
        var process = Command.Start(["setsid", .. server]);
        process.StandardInput.Close();
        return new ServerStart(process);
    }

    /// <summary>What it said before the server's own log began; it has ended.</summary>
    public async Task<string> ComplaintAsync() => $"it ended with {process.ExitCode}. {await process.StandardError.ReadToEndAsync()}".Trim();

    public void Kill() => process.Kill(entireProcessTree: true);

    public void Dispose() => process.Dispose();
}
