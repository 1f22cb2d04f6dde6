using System.Globalization;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>The running server as its pid file and the kernel tell it.</summary>
/// <param name="ProcessId">Of the postmaster.</param>
/// <param name="Port">It listens at.</param>
/// <param name="SocketFolder">Of its socket.</param>
/// <param name="IsReady">It has said that it takes connections.</param>
internal sealed record Postmaster(int ProcessId, int Port, string SocketFolder, bool IsReady)
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

        // pid, data folder, start time, port, socket folder, listen address, shared memory, status; a server that has just begun may not have written all of them.
        return lines.Length >= 5 && int.TryParse(lines[0], out var pid) && int.TryParse(lines[3], out var port) && WorksOn(pid, paths)
            ? new Postmaster(pid, port, lines[4], lines.Length >= 8 && lines[7].StartsWith("ready", StringComparison.Ordinal))
            : null;
    }

    /// <summary>All of a server, of which every process works in its data folder. Those whose postmaster is gone hold its shared memory until they notice.</summary>
    public static IEnumerable<int> Processes(ClusterPaths paths) =>
        Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0]))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Where(pid => IsServer(pid) && WorksIn(pid, paths.Data));

    /// <summary>What processes are at, for a log: state, command line and where they wait in the kernel.</summary>
    public static string Describe(IEnumerable<int> processes) => string.Join("; ", processes.Select(pid =>
        $"{pid} {Read($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[0]} {Read($"/proc/{pid}/cmdline").Replace('\0', ' ').Trim()} at {Read($"/proc/{pid}/wchan")}"));

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
