using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Adapters.Apt;

/// <summary>
/// An empty root with an apt of its own: apt-get installs into it from one repository and touches nothing of the machine. Signatures are checked, and every
/// failure to fetch an index is an error.
/// </summary>
public sealed class AptRoot
{
    /// <summary>What apt and dpkg expect to be there.</summary>
    internal static readonly IReadOnlyList<string> Folders =
    [
        "etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/apt/trusted.gpg.d", "etc/apt/keyrings", "var/lib/dpkg/info", "var/lib/dpkg/updates",
        "var/lib/dpkg/triggers", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/log/apt", "tmp",
    ];

    private readonly ToolContext _context;

    private AptRoot(string folder)
    {
        Folder = folder;
        _context = new ToolContext
        {
            Environment = new Dictionary<string, string> { ["APT_CONFIG"] = Path.Combine(folder, "apt.conf"), ["DEBIAN_FRONTEND"] = "noninteractive", ["TMPDIR"] = Path.Combine(folder, "tmp") },
        };
    }

    public string Folder { get; }

    /// <param name="folder">Made anew.</param>
    /// <param name="repository">The repository's URL.</param>
    /// <param name="key">The armored key that may sign it; null trusts none, and then apt has to refuse.</param>
    /// <param name="arch">As dpkg names it.</param>
    public static async Task<AptRoot> CreateAsync(string folder, Uri repository, byte[]? key, string arch, CancellationToken cancellation)
    {
        var root = new AptRoot(Path.GetFullPath(folder));
        foreach (var name in Folders)
            Directory.CreateDirectory(Path.Combine(root.Folder, name));

        await root.WriteAsync("var/lib/dpkg/status", "", cancellation);
        await root.WriteAsync("var/lib/dpkg/available", "", cancellation);
        await root.WriteAsync("apt.conf", Configuration(root.Folder, arch), cancellation);
        var signedBy = key is null ? "" : $"[signed-by={root.Folder}/etc/apt/keyrings/repository.asc] ";
        var address = repository.AbsoluteUri.Replace("%", "%25", StringComparison.Ordinal); // apt unescapes such a line once, and then asks for what is left
        await root.WriteAsync("etc/apt/sources.list", $"deb {signedBy}{address} stable main\n", cancellation);
        if (key is not null)
            await File.WriteAllBytesAsync(Path.Combine(root.Folder, "etc/apt/keyrings/repository.asc"), key, cancellation);

        return root;
    }

    /// <exception cref="ToolFailedException">The index cannot be fetched, or its signature is not by the trusted key.</exception>
    public Task UpdateAsync(CancellationToken cancellation) =>
        RunAptAsync(["-q", "-o", "APT::Update::Error-Mode=any", "update"], cancellation);

    /// <param name="package">Its name, or <c>NAME=VERSION</c>, which may be an older one than is installed.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="ToolFailedException">Not in the index, another digest than there, or dpkg refused.</exception>
    public Task InstallAsync(string package, CancellationToken cancellation) =>
        RunAptAsync(["-q", "-y", "--no-install-recommends", "--allow-downgrades", "install", package], cancellation);

    /// <summary>Installs the newest of everything that is installed.</summary>
    /// <exception cref="ToolFailedException">Another digest than in the index, or dpkg refused.</exception>
    public Task UpgradeAsync(CancellationToken cancellation) => RunAptAsync(["-q", "-y", "upgrade"], cancellation);

    /// <returns>The version dpkg has on record in this root.</returns>
    public Task<string> VersionAsync(string package, CancellationToken cancellation) =>
        Tool.ReadTextAsync("dpkg-query", ["--admindir", Path.Combine(Folder, "var/lib/dpkg"), "-W", "-f=${Version}", package], _context, cancellation);

    private Task<byte[]> RunAptAsync(string[] arguments, CancellationToken cancellation) => RootTool.RunAsync("apt-get", arguments, _context, cancellation);

    private Task WriteAsync(string path, string text, CancellationToken cancellation) => File.WriteAllTextAsync(Path.Combine(Folder, path), text, cancellation);

    /// <summary>Text of an <c>apt.conf</c> by which apt knows nothing of the machine.</summary>
    /// <param name="root">Full path.</param>
    /// <param name="arch">As dpkg names it.</param>
    internal static string Configuration(string root, string arch) => $$"""
        Dir "{{root}}";
        Dir::State::status "{{root}}/var/lib/dpkg/status";
        Dir::Etc::Trusted "/dev/null";
        Dir::Etc::TrustedParts "{{root}}/etc/apt/trusted.gpg.d";
        Dir::Bin::Methods "/usr/lib/apt/methods";
        APT::Architecture "{{arch}}";
        APT::Architectures "{{arch}}";
        APT::Sandbox::User "root";
        Acquire::Languages "none";
        Acquire::Retries "0";
        Acquire::http::Proxy "DIRECT";
        DPkg::Options { "--root={{root}}"; "--force-not-root"; "--force-script-chrootless"; "--log={{root}}/var/log/dpkg.log"; };
        DPkg::Chroot-Directory "/";

        """;
}
