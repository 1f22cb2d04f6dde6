namespace EventSourced.Workers.Packages.Nodes;

/// <summary>The programs of the machine that this node builds with.</summary>
internal static class NodeTools
{
    private static readonly string[] Always = ["bwrap", "setpriv", "prlimit", "git", "tar"];
    private static readonly string[] Deb = ["dpkg-buildpackage", "dpkg-deb", "dpkg-source"];
    private static readonly string[] Rpm = ["rpmbuild", "rpmspec", "rpm"];
    private static readonly string[] Folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    public static bool BuildDeb { get; } = Missing(Deb).Count is 0;

    public static bool BuildRpm { get; } = Missing(Rpm).Count is 0;

    /// <summary>Those without which it can build nothing.</summary>
    /// <param name="images">Whether images bring the tools of their own packages.</param>
    public static IReadOnlyList<string> Missing(bool images) => [.. Missing(Always), .. images || BuildDeb || BuildRpm ? [] : Missing([.. Deb, .. Rpm])];

    /// <summary>Whether packages of this type can be built with them; of a type that is none of ours the build itself says so.</summary>
    public static bool Build(string platformType) => platformType switch { "deb" => BuildDeb, "rpm" => BuildRpm, _ => true };

    /// <summary>Those without which nothing can be signed.</summary>
    public static IReadOnlyList<string> MissingForSigning() => Missing(["gpg", "gpgconf", "rpmsign"]);

    private static List<string> Missing(IReadOnlyList<string> programs) =>
        [.. programs.Where(program => !Folders.Any(folder => File.Exists(Path.Combine(folder, program))))];
}
