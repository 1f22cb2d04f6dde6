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
}
