namespace EventSourced.Workers.Packages.Nodes;

/// <summary>The programs of the machine without which a node cannot work.</summary>
internal static class NodeTools
{
    public static readonly IReadOnlyList<string> ForBuilding = ["bwrap", "setpriv", "prlimit", "git", "tar", "dpkg-buildpackage", "dpkg-deb"];
    public static readonly IReadOnlyList<string> ForSigning = ["gpg", "gpgconf", "rpmsign"];

    private static readonly string[] Folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    public static IReadOnlyList<string> Missing(IReadOnlyList<string> programs) =>
        [.. programs.Where(program => !Folders.Any(folder => File.Exists(Path.Combine(folder, program))))];
}
