using System.Globalization;

namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>
/// A control group of one run, where this process may make one (version 1 or 2); else no folders, and the limits per process stand alone.
/// </summary>
internal sealed class ResourceGroup
{
    private const string Root = "/sys/fs/cgroup";
    private const int RemovalTries = 100;

    private ResourceGroup(IReadOnlyList<string> folders) => Folders = folders;

    public IReadOnlyList<string> Folders { get; }

    public bool LimitsMemory => Folders.Count > 0;

    public static ResourceGroup Create(string name, SandboxOptions options)
    {
        var folders = new List<string>();
        try
        {
            if (File.Exists($"{Root}/cgroup.subtree_control"))
                CreateUnified(name, options, folders);
            else if (Directory.Exists($"{Root}/memory") && Directory.Exists($"{Root}/pids"))
                CreateSeparate(name, options, folders);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // A container without delegated groups: the limits per process remain.
            folders.ForEach(Directory.Delete);
            folders.Clear();
        }

        return new ResourceGroup(folders);
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
        catch (IOException)
        {
            return false;
        }
    }

    private static void CreateUnified(string name, SandboxOptions options, List<string> folders)
    {
        var enabled = File.ReadAllText($"{Root}/cgroup.subtree_control").Split([' ', '\n']);
        if (!enabled.Contains("memory") || !enabled.Contains("pids"))
            return;

        var folder = Make($"{Root}/{name}", folders);
        Write(folder, "memory.max", options.MemoryBytes + options.WorkspaceBytes);
        Write(folder, "pids.max", options.Processes);
        if (File.Exists($"{folder}/memory.swap.max"))
            Write(folder, "memory.swap.max", 0);
    }

    private static void CreateSeparate(string name, SandboxOptions options, List<string> folders)
    {
        Write(Make($"{Root}/memory/{name}", folders), "memory.limit_in_bytes", options.MemoryBytes + options.WorkspaceBytes);
        Write(Make($"{Root}/pids/{name}", folders), "pids.max", options.Processes);
    }

    private static string Make(string folder, List<string> folders)
    {
        Directory.CreateDirectory(folder);
        folders.Add(folder);
        return folder;
    }

    private static void Write(string folder, string file, long value) =>
        File.WriteAllText($"{folder}/{file}", value.ToString(CultureInfo.InvariantCulture));
}
