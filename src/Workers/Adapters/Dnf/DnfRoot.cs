using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Adapters.Dnf;

/// <summary>
/// An empty root with a dnf of its own: it reads one repository, whose metadata has to be signed with the repository's key, and touches nothing of the machine.
/// </summary>
public sealed class DnfRoot
{
    private readonly string[] _settings;
    private readonly string _folder;

    private DnfRoot(string folder)
    {
        _folder = folder;
        _settings =
        [
            "--assumeyes", "--quiet", $"--config={folder}/dnf.conf", $"--installroot={Folder}", "--releasever=1", $"--setopt=reposdir={folder}/repos.d",
            $"--setopt=cachedir={folder}/cache", $"--setopt=persistdir={folder}/persist", $"--setopt=logdir={folder}/log", "--setopt=install_weak_deps=0",
            "--refresh", // metadata_expire=0 would take what was fetched within the same second for new
        ];
    }

    /// <summary>Where packages are installed.</summary>
    public string Folder => Path.Combine(_folder, "root");

    /// <param name="folder">Made anew.</param>
    /// <param name="repository">The repository's URL; its own key, for the metadata, is <c>key.asc</c> there.</param>
    /// <param name="packageKey">Where the key is that packages have to be signed with; null takes them unsigned.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<DnfRoot> CreateAsync(string folder, Uri repository, Uri? packageKey, CancellationToken cancellation)
    {
        var root = new DnfRoot(Path.GetFullPath(folder));
        foreach (var name in new[] { "root", "repos.d", "cache", "persist", "log" })
            Directory.CreateDirectory(Path.Combine(root._folder, name));

        await File.WriteAllTextAsync(Path.Combine(root._folder, "dnf.conf"), "[main]\n", cancellation);
        await File.WriteAllTextAsync(Path.Combine(root._folder, "repos.d/repository.repo"), $"""
            [repository]
            name=repository
            baseurl={repository}
            enabled=1
            gpgcheck={(packageKey is null ? 0 : 1)}
            repo_gpgcheck=1
            gpgkey={repository}key.asc {packageKey}
            proxy=_none_

            """, cancellation);
        return root;
    }

    /// <exception cref="ToolFailedException">Not there, a signature that is missing or not good, or rpm refused.</exception>
    public Task<string> RunAsync(CancellationToken cancellation, params string[] arguments) =>
        RootTool.ReadTextAsync("dnf", [.. _settings, .. arguments], new ToolContext { Environment = new Dictionary<string, string> { ["HOME"] = _folder } }, cancellation);

    /// <returns>The version rpm has on record in this root.</returns>
    public async Task<string> VersionAsync(string package, CancellationToken cancellation) =>
        (await RunAsync(cancellation, "repoquery", "--installed", "--queryformat", "%{version}", package)).Trim();
}
