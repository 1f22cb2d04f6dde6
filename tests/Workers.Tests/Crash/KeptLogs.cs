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

        var logs = Directory.EnumerateFiles(Path.Combine(dataPath, "pg"), "*.log", SearchOption.AllDirectories).ToList();
        foreach (var log in logs)
            await WriteAsync($"PostgreSQL-{Path.GetFileNameWithoutExtension(log)}", await File.ReadAllTextAsync(log));

        using var programs = Process.Start(new ProcessStartInfo("ps", ["-eo", "pid,ppid,sid,stat,etimes,wchan:20,args"]) { RedirectStandardOutput = true })!;
        await WriteAsync("programs", await programs.StandardOutput.ReadToEndAsync());
    }
}
