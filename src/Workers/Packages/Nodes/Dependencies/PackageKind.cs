namespace EventSourced.Workers.Packages.Nodes.Dependencies;

/// <summary>How build dependencies of a kind of package are found, fetched and laid over the files of the sandbox in which it is built.</summary>
/// <param name="Index">The file by which a repository is known to have an index, below its URL.</param>
/// <param name="Missing">Finds what the sandbox does not have.</param>
/// <param name="Parse">Reads what <paramref name="Missing"/> wrote.</param>
/// <param name="Installed">Text of ours that runs where the package is built and writes what is there to its standard output.</param>
/// <param name="Fetch">
/// Text of ours that reads that from its standard input, fetches what is missing with all it needs and writes it as a tar to its standard output:
/// <c>$1</c> configuration, <c>$2</c> list of repositories, <c>$3</c> the number of keys, which follow; then the dependencies.
/// </param>
/// <param name="Configuration"><c>$1</c>, with the gateway as the proxy where the package manager needs one.</param>
/// <param name="Repositories"><c>$2</c>.</param>
/// <param name="Unpack">See <see cref="Adapters.Sandbox.SandboxLayer"/>.</param>
internal sealed record PackageKind(
    string Index, BuildScript Missing, Func<string, IReadOnlyList<string>> Parse, string Installed, string Fetch, Func<Uri, string> Configuration,
    Func<IReadOnlyList<DependencySource>, string> Repositories, string Unpack)
{
    /// <summary>Null where the platform is none we can build for; the build itself says so.</summary>
    public static PackageKind? For(NodeTask task, SourceKind source) => task.Platform.Type switch
    {
        "deb" => DebDependencies.For(task, source),
        "rpm" => RpmDependencies.For(task, source),
        _ => null,
    };

    /// <summary>Where the key of a source lies in the sandbox in which packages are fetched.</summary>
    public static string KeyFile(int source) => $"/build/keys/{source}.asc";
}
