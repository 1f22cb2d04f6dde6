namespace EventSourced.Workers.Packages.Nodes;

/// <summary>The programs of the machine without which this node cannot build.</summary>
internal static class NodeTools
{
    private static readonly string[] Programs = ["bwrap", "setpriv", "prlimit", "git", "tar", "dpkg-buildpackage", "dpkg-deb"];
    private static readonly string[] Folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    public static IReadOnlyList<string> Missing() =>
        [.. Programs.Where(program => !Folders.Any(folder => File.Exists(Path.Combine(folder, program))))];
}
