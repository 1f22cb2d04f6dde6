using System.Globalization;

namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>The command line that gives foreign code its own user, limits and view of the machine.</summary>
internal static class SandboxArguments
{
    /// <summary>
    /// Runs first, with our rights: says that the kernel, when memory is short, ends this rather than anything else (where <c>/proc</c> may be written), joins the control groups (<c>$3</c>), opens input (<c>$1</c>), output (<c>$2</c>) and the layer's archive (<c>$4</c>), so that
    /// the sandbox needs no path of ours, and hands over the two account files as descriptors.
    /// </summary>
    public const string Launcher = """
        set -eu
        input=$1 output=$2 groups=$3 layer=$4
        shift 4
        { echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
        for group in $groups; do echo $$ > "$group/cgroup.procs"; done
        exec 4<<END
        root:x:0:0:root:/:/bin/sh
        builder:x:1000:1000:builder:/tmp:/bin/sh
        END
        exec 5<<END
        root:x:0:
        builder:x:1000:
        END
        [ -z "$layer" ] || exec 6<"$layer"
        exec <"$input" >"$output" "$@"
        """;

    /// <summary>
    /// Runs before a build with a layer, as root of namespaces of its own that see what the build will see, and with the right to mount there. Which libraries there
    /// are is asked again, for a loader knows those of the machine.
    /// </summary>
    private const string LayerLauncher = """
        set -eu
        mkdir /mnt/packages /mnt/root /mnt/root/usr
        for name in bin sbin lib lib64; do
            if [ -L "/usr/$name" ]; then ln -s "$(readlink "/usr/$name")" "/mnt/root/usr/$name"; else mkdir "/mnt/root/usr/$name"; fi
            ln -s "usr/$name" "/mnt/root/$name"
        done
        tar -xf - -C /mnt/packages --no-same-owner <&6
        exec 6<&-
        ( LAYER ) </dev/null >&2
        rm -rf /mnt/packages
        for folder in /usr /var/lib/dpkg; do
            [ ! -d "/mnt/root$folder" ] || mount -t overlay overlay -o "lowerdir=/mnt/root$folder:$folder" "$folder"
        done
        if [ -e /etc/ld.so.cache ]; then
            ldconfig -X -C /mnt/ld.so.cache /usr/lib64 2>/dev/null
            mount --bind /mnt/ld.so.cache /etc/ld.so.cache
        fi
        exec "$@"
        """;

    private const int SharedMemoryBytes = 64 << 20;
    private const int OpenFiles = 8192;

    public static IEnumerable<string> Build(SandboxCommand command, SandboxOptions options, uint? user, ResourceGroup group) =>
    [
        "-c", Launcher, "launcher", command.InputFile, command.OutputFile, string.Join(' ', group.Folders), command.Layer?.ArchiveFile ?? "",
        .. OwnUser(user),
        .. Limits(options, group),
        .. command.Layer is { } layer ? Layered(layer, options) : [],
        "bwrap", .. Namespaces(command), .. FileSystem(command.Network, options), .. Environment(command),
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

    /// <summary>A mount over the machine's files needs a namespace in which we may mount; the build's own is made in it, and has no way back.</summary>
    private static string[] Layered(SandboxLayer layer, SandboxOptions options) =>
    [
        "bwrap", "--unshare-user", "--unshare-all", "--uid", "0", "--gid", "0", "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETFCAP",
        "--die-with-parent", "--new-session", .. Machine, "--proc", "/proc", "--dev", "/dev", .. Memory("/mnt", options.WorkspaceBytes), .. Memory("/tmp", options.WorkspaceBytes / 4),
        "--clearenv", .. Variables([]), "--chdir", "/mnt", "/bin/sh", "-c", LayerLauncher.Replace("LAYER", layer.Script, StringComparison.Ordinal), "layer",
    ];

    private static string[] Namespaces(SandboxCommand command)
    {
        var id = command.User is SandboxUser.Root ? "0" : "1000";
        return
        [
            "--unshare-user", "--unshare-all", .. command.Network is SandboxNetwork.Host ? ["--share-net"] : Array.Empty<string>(),
            "--disable-userns", "--uid", id, "--gid", id, "--cap-drop", "ALL", "--hostname", "builder", "--die-with-parent", "--new-session",
        ];
    }

    private static string[] FileSystem(SandboxNetwork network, SandboxOptions options) =>
    [
        .. Machine,
        .. network is SandboxNetwork.Host ? ReadOnly("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl/certs", "/etc/ca-certificates") : [],
        "--ro-bind-data", "4", "/etc/passwd", "--ro-bind-data", "5", "/etc/group", "--proc", "/proc", "--dev", "/dev",
        .. Memory("/dev/shm", SharedMemoryBytes), "--remount-ro", "/dev", .. Memory("/build", options.WorkspaceBytes), .. Memory("/tmp", options.WorkspaceBytes / 4),
        "--remount-ro", "/",
    ];

    private static string[] Machine =>
    [
        "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
        .. ReadOnly("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/dpkg", "/etc/debian_version", "/etc/os-release", "/var/lib/dpkg"),
        .. ReadOnly("/etc/rpm", "/var/lib/rpm", "/etc/magic"),
    ];

    private static string[] Environment(SandboxCommand command) => ["--clearenv", .. Variables(command.Environment)];

    private static IEnumerable<string> Variables(IReadOnlyCollection<KeyValuePair<string, string>> more) =>
    [
        "--setenv", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "--setenv", "HOME", "/tmp", "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "TZ", "UTC",
        .. more.SelectMany(variable => new[] { "--setenv", variable.Key, variable.Value }),
    ];

    private static IEnumerable<string> ReadOnly(params string[] paths) => paths.SelectMany(path => new[] { "--ro-bind-try", path, path });

    private static string[] Memory(string path, long bytes) => ["--size", Text(bytes), "--tmpfs", path];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
