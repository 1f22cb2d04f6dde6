using System.Globalization;
using EventSourced.Workers.Adapters.Sandbox;

namespace EventSourced.Workers.Adapters.Containers;

/// <summary>The container in which a <see cref="SandboxCommand"/> runs: as bubblewrap runs it, with the image's files in the place of the machine's.</summary>
internal static class SandboxContainer
{
    /// <summary>The cache of libraries of an image with a layer is a link to here, so that a build can make it before it begins.</summary>
    public const string LibraryCache = "/var/tmp/.ld.so.cache";

    // Standard input has no end of its own, so it is cut at its length (<c>$1</c>).
    private const string Launcher = """
        size=$1 script=$2
        shift 2
        [ ! -L /etc/ld.so.cache ] || ldconfig -i -X -C "$(readlink /etc/ld.so.cache)" /usr/lib64 2>/dev/null
        if [ "$size" = 0 ]; then exec /bin/sh -c "$script" sandbox "$@" </dev/null; fi
        head -c "$size" | /bin/sh -c "$script" sandbox "$@"
        """;

    private const int SharedMemoryBytes = 64 << 20;
    private const int OpenFiles = 8192;
    private const int Builder = 1000;

    /// <param name="image">Its id.</param>
    /// <param name="command">What runs.</param>
    /// <param name="inputBytes">Length of its input.</param>
    /// <param name="limits">What it may use.</param>
    /// <param name="owner">Whose it is.</param>
    public static ContainerSpec Of(string image, SandboxCommand command, long inputBytes, SandboxOptions limits, ContainerOwner owner)
    {
        var user = command.User is SandboxUser.Root ? 0 : Builder;
        return new(image, ["/bin/sh", "-c", Launcher, "launcher", Text(inputBytes), command.Script, .. command.Arguments])
        {
            User = $"{user}:{user}",
            WorkingDir = "/build",
            Hostname = "builder",
            Env = [.. Variables(command.Environment).Select(variable => $"{variable.Key}={variable.Value}")],
            Labels = owner.Labels,
            OpenStdin = inputBytes > 0,
            HostConfig = Within(limits, user),
        };
    }

    /// <summary>One that never runs, to put files into.</summary>
    public static ContainerSpec Unstarted(string image, ContainerOwner owner) =>
        new(image, ["/bin/sh"]) { Labels = owner.Labels, HostConfig = new ContainerHostConfig { ReadonlyRootfs = false } };

    private static ContainerHostConfig Within(SandboxOptions limits, int user) => new()
    {
        Tmpfs = new Dictionary<string, string>
        {
            ["/build"] = Memory(limits.WorkspaceBytes, user), ["/mnt"] = Memory(limits.WorkspaceBytes, user),
            ["/tmp"] = Memory(limits.WorkspaceBytes / 4, user), ["/var/tmp"] = Memory(limits.WorkspaceBytes / 4, user),
        },
        ShmSize = SharedMemoryBytes,
        // What lies in memory counts as memory of the processes.
        Memory = limits.MemoryBytes + limits.WorkspaceBytes,
        MemorySwap = limits.MemoryBytes + limits.WorkspaceBytes,
        PidsLimit = limits.Processes,
        // Not NanoCpus, which an engine refuses above the number of its processors.
        CpuPeriod = SandboxOptions.CpuPeriod,
        CpuQuota = limits.CpuQuota,
        Ulimits =
        [
            Limit("cpu", (long)Math.Ceiling(limits.CpuTime.TotalSeconds)), Limit("fsize", limits.FileBytes), Limit("nofile", OpenFiles), Limit("core", 0),
        ],
    };

    private static IEnumerable<KeyValuePair<string, string>> Variables(IEnumerable<KeyValuePair<string, string>> more) =>
    [
        new("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), new("HOME", "/tmp"), new("LC_ALL", "C.UTF-8"), new("TZ", "UTC"), .. more,
    ];

    private static ContainerUlimit Limit(string name, long value) => new(name, value, value);

    /// <summary>Its mode is that of the image's folder where there is one, so it belongs to who writes.</summary>
    private static string Memory(long bytes, int user) => $"rw,exec,nosuid,nodev,mode=1777,uid={user},gid={user},size={Text(bytes)}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
