using System.Globalization;

namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>A control group of one run, where this process may make one; else no folders, and <see cref="RunWatch"/> holds its limits.</summary>
internal sealed class ResourceGroup
{
    private const int RemovalTries = 100;

    private ResourceGroup(IReadOnlyList<string> folders, bool limitsProcessors) => (Folders, LimitsProcessors) = (folders, limitsProcessors);

    public IReadOnlyList<string> Folders { get; }

    public bool LimitsMemory => Folders.Count > 0;

    public bool LimitsProcessors { get; }

    public static ResourceGroup Create(ControlGroups groups, string name, SandboxOptions options)
    {
        var folders = new List<string>();
        try
        {
            foreach (var parent in groups.Parents)
            {
                folders.Add(Directory.CreateDirectory($"{parent.Folder}/{name}").FullName);
                foreach (var (file, value) in parent.Controllers.SelectMany(controller => Limits(controller, groups.IsUnified, folders[^1], options)))
                    File.WriteAllText($"{folders[^1]}/{file}", value);
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // A container without delegated groups.
            folders.ForEach(Directory.Delete);
            folders.Clear();
        }

        return new ResourceGroup(folders, folders.Count > 0 && groups.Parents.Any(parent => parent.Controllers.Contains("cpu")));
    }

    /// <summary>Removes what killed processes left, unless something still runs in it.</summary>
    public static void RemoveAbandoned(ControlGroups groups)
    {
        foreach (var folder in groups.Parents.SelectMany(parent => FoldersIn(parent.Folder)))
        {
            if (GroupName.IsAbandoned(Path.GetFileName(folder)))
                TryRemove(folder);
        }
    }

    private static string[] FoldersIn(string parent)
    {
        try
        {
            return Directory.GetDirectories(parent, GroupName.All);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return []; // there are no groups here, or they are somebody else's
        }
    }

    /// <summary>Removes the group once its last process is gone.</summary>
    public async Task RemoveAsync(TimeProvider time)
    {
        foreach (var folder in Folders)
        {
            for (var tries = 1; !TryRemove(folder) && tries < RemovalTries; tries++)
                await Task.Delay(TimeSpan.FromMilliseconds(20), time, CancellationToken.None);
        }
    }

    private static bool TryRemove(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Files of a group and what is written to them, in this order.</summary>
    private static IEnumerable<(string File, string Value)> Limits(string controller, bool unified, string folder, SandboxOptions options) => (controller, unified) switch
    {
        ("memory", true) when File.Exists($"{folder}/memory.swap.max") => [("memory.max", Text(options.MemoryBytes + options.WorkspaceBytes)), ("memory.swap.max", "0")],
        ("memory", true) => [("memory.max", Text(options.MemoryBytes + options.WorkspaceBytes))],
        ("memory", false) => [("memory.limit_in_bytes", Text(options.MemoryBytes + options.WorkspaceBytes))],
        ("pids", _) => [("pids.max", Text(options.Processes))],
        ("cpu", true) => [("cpu.max", $"{Text(options.CpuQuota)} {Text(SandboxOptions.CpuPeriod)}")],
        ("cpu", false) => [("cpu.cfs_period_us", Text(SandboxOptions.CpuPeriod)), ("cpu.cfs_quota_us", Text(options.CpuQuota))],
        _ => [],
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
