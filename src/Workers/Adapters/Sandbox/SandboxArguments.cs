using System.Globalization;

namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>The command line that gives foreign code its own user, limits and view of the machine.</summary>
internal static class SandboxArguments
{
    /// <summary>
    /// Runs first, with our rights: joins the control groups (<c>$3</c>), opens input (<c>$1</c>) and output (<c>$2</c>), so that the sandbox needs no path
    /// of ours, and hands over the two account files as descriptors.
    /// </summary>
    public const string Launcher = """
        set -eu
        input=$1 output=$2 groups=$3
        shift 3
        for group in $groups; do echo $$ > "$group/cgroup.procs"; done
        exec 4<<END
        root:x:0:0:root:/:/bin/sh
        builder:x:1000:1000:builder:/tmp:/bin/sh
        END
        exec 5<<END
        root:x:0:
        builder:x:1000:
        END
        exec <"$input" >"$output" "$@"
        """;

    private const int SharedMemoryBytes = 64 << 20;
    private const int OpenFiles = 8192;

    public static IEnumerable<string> Build(SandboxCommand command, SandboxOptions options, uint? user, ResourceGroup group) =>
    [
        "-c", Launcher, "launcher", command.InputFile, command.OutputFile, string.Join(' ', group.Folders),
        .. OwnUser(user),
        .. Limits(options, group),
        "bwrap", .. Namespaces(command.Network), .. FileSystem(command.Network, options), .. Environment(command),
        "--chdir", "/build", "/bin/sh", "-c", command.Script, "sandbox", .. command.Arguments,
    ];

    private static string[] OwnUser(uint? user) => user is { } id
        ? ["setpriv", "--reuid", Text(id), "--regid", Text(id), "--clear-groups", "--inh-caps=-all", "--no-new-privs"]
        : [];

    private static string[] Limits(SandboxOptions options, ResourceGroup group) =>
    [
        "prlimit", $"--cpu={Text((long)Math.Ceiling(options.CpuTime.TotalSeconds))}", $"--nproc={options.Processes}", $"--fsize={Text(options.FileBytes)}",
        $"--nofile={OpenFiles}", "--core=0", .. group.LimitsMemory ? Array.Empty<string>() : [$"--as={Text(options.MemoryBytes)}"], "--",
    ];

    private static string[] Namespaces(SandboxNetwork network) =>
    [
        "--unshare-user", "--unshare-all", .. network is SandboxNetwork.Host ? ["--share-net"] : Array.Empty<string>(),
        "--disable-userns", "--uid", "1000", "--gid", "1000", "--hostname", "builder", "--die-with-parent", "--new-session",
    ];

    private static string[] FileSystem(SandboxNetwork network, SandboxOptions options) =>
    [
        "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
        .. ReadOnly("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/dpkg", "/etc/debian_version", "/etc/os-release", "/var/lib/dpkg"),
        .. ReadOnly("/etc/rpm", "/var/lib/rpm", "/etc/magic"),
        .. network is SandboxNetwork.Host ? ReadOnly("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl/certs", "/etc/ca-certificates") : [],
        "--ro-bind-data", "4", "/etc/passwd", "--ro-bind-data", "5", "/etc/group", "--proc", "/proc", "--dev", "/dev",
        .. Memory("/dev/shm", SharedMemoryBytes), "--remount-ro", "/dev", .. Memory("/build", options.WorkspaceBytes), .. Memory("/tmp", options.WorkspaceBytes / 4),
        "--remount-ro", "/",
    ];

    private static string[] Environment(SandboxCommand command) =>
    [
        "--clearenv", "--setenv", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "--setenv", "HOME", "/tmp", "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "TZ", "UTC",
        .. command.Environment.SelectMany(variable => new[] { "--setenv", variable.Key, variable.Value }),
    ];

    private static IEnumerable<string> ReadOnly(params string[] paths) => paths.SelectMany(path => new[] { "--ro-bind-try", path, path });

    private static string[] Memory(string path, long bytes) => ["--size", Text(bytes), "--tmpfs", path];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
