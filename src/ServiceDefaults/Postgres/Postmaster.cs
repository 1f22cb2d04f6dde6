using System.Globalization;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>The running server as its pid file and the kernel tell it.</summary>
/// <param name="ProcessId">Of the postmaster.</param>
/// <param name="Port">It listens at.</param>
/// <param name="SocketFolder">Of its socket.</param>
internal sealed record Postmaster(int ProcessId, int Port, string SocketFolder)
{
    /// <summary>Null when no server works on this data, whatever a pid file left behind says.</summary>
    public static Postmaster? Find(ClusterPaths paths)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(paths.PidFile);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        // pid, data folder, start time, port, socket folder, …; a server that has just begun may not have written all of them.
        return lines.Length >= 5 && int.TryParse(lines[0], out var pid) && int.TryParse(lines[3], out var port) && WorksOn(pid, paths)
            ? new Postmaster(pid, port, lines[4])
            : null;
    }

    /// <summary>Processes of a server whose postmaster is gone; they hold its shared memory until they notice. Every process of a server works in its data folder.</summary>
    public static IEnumerable<int> Orphans(ClusterPaths paths) =>
        Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0]))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Where(pid => IsServer(pid) && WorksIn(pid, paths.Data));

    // The pid may have gone to a stranger. A postmaster of ours was started with its data folder's path, which everyone may read.
    private static bool WorksOn(int pid, ClusterPaths paths) =>
        IsServer(pid) && Read($"/proc/{pid}/cmdline").Split('\0').Contains(paths.Data);

    private static bool IsServer(int pid) => Read($"/proc/{pid}/comm").StartsWith("postgres", StringComparison.Ordinal);

    private static bool WorksIn(int pid, string folder)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{pid}/cwd", returnFinalTarget: false)?.FullName == folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // ended meanwhile, or somebody else's
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return ""; // ended meanwhile
        }
    }
}
