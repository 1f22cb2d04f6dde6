using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A root with a dnf of its own, which reads one repository whose metadata has to be signed, and touches nothing of the machine.</summary>
internal sealed class DnfRoot
{
    private readonly string[] _settings;

    private DnfRoot(string folder)
    {
        Folder = folder;
        _settings =
        [
            "--assumeyes", "--quiet", $"--config={folder}/dnf.conf", $"--installroot={folder}/root", "--releasever=9", $"--setopt=reposdir={folder}/repos.d",
            $"--setopt=cachedir={folder}/cache", $"--setopt=persistdir={folder}/persist", $"--setopt=logdir={folder}/log", "--setopt=install_weak_deps=0",
            "--refresh", // metadata_expire=0 would take what was fetched within the same second for new
        ];
    }

    public string Folder { get; }

    public static async Task<DnfRoot> CreateAsync(string folder, Uri repository, CancellationToken cancellation)
    {
        foreach (var name in new[] { "root", "repos.d", "cache", "persist", "log" })
            Directory.CreateDirectory(Path.Combine(folder, name));

        await File.WriteAllTextAsync(Path.Combine(folder, "dnf.conf"), "[main]\n", cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder, "repos.d/x.repo"), $"""
            [x]
            name=x
            baseurl={repository}
            enabled=1
            gpgcheck=0
            repo_gpgcheck=1
            gpgkey={repository}key.asc

            """, cancellation);
        return new DnfRoot(folder);
    }

    /// <exception cref="ToolFailedException">Not there, not signed by the key of the repository, or refused.</exception>
    public Task<string> RunAsync(CancellationToken cancellation, params string[] arguments) => Tool.ReadTextAsync(
        "dnf", [.. _settings, .. arguments], new ToolContext { Environment = new Dictionary<string, string> { ["HOME"] = Folder } }, cancellation);
}
