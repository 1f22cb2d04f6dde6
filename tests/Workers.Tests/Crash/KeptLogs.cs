using System.Diagnostics;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>Logs of the hosts, kept in the folder that <c>EVENTSOURCED_CRASH_LOGS</c> names: after an hour of kills nobody can try again what went wrong.</summary>
internal static class KeptLogs
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("EVENTSOURCED_CRASH_LOGS") is { Length: > 0 } folder ? folder : null;

    public static async Task WriteAsync(string name, string text)
    {
        if (Folder is null)
            return;

        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, $"{name}.log"), text);
    }

    /// <summary>What PostgreSQL said, and every program that still runs, with what it waits for.</summary>
    public static async Task WriteServerAsync(string dataPath)
    {
        if (Folder is null || !Directory.Exists(Path.Combine(dataPath, "pg")))
            return;

        foreach (var log in ServerLogs(dataPath))
            await WriteAsync($"PostgreSQL-{Path.GetFileNameWithoutExtension(log)}", await File.ReadAllTextAsync(log));

        await WriteAsync("programs", await ProgramsAsync());
    }

    /// <summary>The end of it, for a failure.</summary>
    public static async Task<string> ServerTailAsync(string dataPath)
    {
        var tails = ServerLogs(dataPath).Select(log => $"{Path.GetFileName(log)}:\n{string.Join('\n', File.ReadLines(log).TakeLast(15))}");
        return $"{string.Join('\n', tails)}\n{await ProgramsAsync()}";
    }

    private static IEnumerable<string> ServerLogs(string dataPath) => Directory.EnumerateFiles(Path.Combine(dataPath, "pg"), "*.log", SearchOption.AllDirectories);

    private static async Task<string> ProgramsAsync()
    {
        using var programs = Process.Start(new ProcessStartInfo("ps", ["-eo", "pid,ppid,sid,stat,etimes,wchan:20,args"]) { RedirectStandardOutput = true })!;
        return await programs.StandardOutput.ReadToEndAsync();
    }
}
