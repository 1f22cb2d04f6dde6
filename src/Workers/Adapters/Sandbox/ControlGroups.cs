namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>
/// Where this process may make control groups. Of version 2: below its own group where that is left to it (as systemd does with <c>Delegate=</c>), else below
/// the root of what it sees. Of version 1: below the root of each controller.
/// </summary>
/// <param name="Parents">Folders, each with the controllers that groups below it have; none where memory and processes cannot be limited.</param>
/// <param name="IsUnified">Whether they are of version 2.</param>
public sealed record ControlGroups(IReadOnlyList<ControlGroupParent> Parents, bool IsUnified)
{
    private const string Memory = "memory", Processes = "pids", Processors = "cpu";

    private static readonly string[] Wanted = [Memory, Processes, Processors];

    private static readonly Lazy<ControlGroups> Found = new(() => Find("/sys/fs/cgroup", "/proc/self/cgroup"));

    public static ControlGroups None { get; } = new([], IsUnified: false);

    /// <summary>Those of this machine. They are looked for once, for a process may have to leave its own group for one below it.</summary>
    public static ControlGroups OfMachine => Found.Value;

    /// <param name="root">Where they are mounted.</param>
    /// <param name="membership">The file that says in which of them this process is.</param>
    public static ControlGroups Find(string root, string membership)
    {
        if (!File.Exists($"{root}/cgroup.subtree_control"))
            return Separate(root);

        var usable = Candidates(root, membership).FirstOrDefault(TryPrepare);
        return usable is null ? None : new([new(usable, Enabled(usable))], IsUnified: true);
    }

    private static ControlGroups Separate(string root)
    {
        if (!Directory.Exists($"{root}/{Memory}") || !Directory.Exists($"{root}/{Processes}"))
            return None;

        string[] controllers = File.Exists($"{root}/{Processors}/cpu.cfs_quota_us") ? Wanted : [Memory, Processes];
        return new([.. controllers.Select(controller => new ControlGroupParent($"{root}/{controller}", [controller]))], IsUnified: false);
    }

    /// <summary>A group outside of what is mounted has no folder.</summary>
    private static IEnumerable<string> Candidates(string root, string membership)
    {
        var own = File.ReadLines(membership).Where(line => line.StartsWith("0::/", StringComparison.Ordinal)).Select(line => root + line[3..].TrimEnd('/'));
        return own.Where(folder => !folder.Contains("..", StringComparison.Ordinal) && Directory.Exists(folder)).Append(root).Distinct();
    }

    private static bool TryPrepare(string folder)
    {
        try
        {
            Enable(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // It is not ours, or others are in it: what it has already may do.
        }

        return Enabled(folder) is [Memory, Processes, ..];
    }

    /// <summary>A group with processes in it gives no controllers to those below it, so this process moves into one, if no other is there.</summary>
    private static void Enable(string folder)
    {
        var missing = Wanted.Intersect(Words($"{folder}/cgroup.controllers")).Except(Enabled(folder)).ToList();
        if (missing is [])
            return;

        var own = $"{Environment.ProcessId}";
        if (File.ReadAllLines($"{folder}/cgroup.procs") is [var only] && only == own)
            File.WriteAllText($"{Directory.CreateDirectory($"{folder}/{GroupName.Own}").FullName}/cgroup.procs", own);

        File.WriteAllText($"{folder}/cgroup.subtree_control", string.Join(' ', missing.Select(controller => $"+{controller}")));
    }

    private static IReadOnlyList<string> Enabled(string folder) => [.. Wanted.Intersect(Words($"{folder}/cgroup.subtree_control"))];

    private static string[] Words(string file) => File.ReadAllText(file).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}

/// <param name="Folder">Groups are folders in it.</param>
/// <param name="Controllers">What they can limit.</param>
public sealed record ControlGroupParent(string Folder, IReadOnlyList<string> Controllers);
