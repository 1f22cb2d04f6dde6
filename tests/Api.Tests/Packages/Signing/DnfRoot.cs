namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>A root with a dnf of its own, which takes from one repository only what is signed: its metadata by the repository's key, its packages by theirs.</summary>
internal sealed class DnfRoot : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("es-dnf-");

    private DnfRoot() { }

    public static async Task<DnfRoot> CreateAsync(Uri repository, string packagesKey)
    {
        var root = new DnfRoot();
        foreach (var name in new[] { "root", "repos.d", "cache", "persist", "log" })
            root.folder.CreateSubdirectory(name);

        await root.WriteAsync("dnf.conf", "[main]\n");
        await root.WriteAsync("packages.asc", packagesKey);
        await root.WriteAsync("repos.d/x.repo", $"""
            [x]
            name=x
            baseurl={repository}
            enabled=1
            gpgcheck=1
            repo_gpgcheck=1
            gpgkey={repository}key.asc file://{root.folder.FullName}/packages.asc

            """);
        return root;
    }

    public Task<string> RunAsync(params string[] arguments) => RpmFile.RunAsync(
        folder.FullName, "dnf",
        [
            "--assumeyes", "--quiet", "--refresh", $"--config={folder}/dnf.conf", $"--installroot={folder}/root", "--releasever=9", $"--setopt=reposdir={folder}/repos.d",
            $"--setopt=cachedir={folder}/cache", $"--setopt=persistdir={folder}/persist", $"--setopt=logdir={folder}/log", "--setopt=install_weak_deps=0", .. arguments,
        ]);

    /// <summary>A file in the root.</summary>
    public Task<string> ReadAsync(string path) => File.ReadAllTextAsync(Path.Combine(folder.FullName, "root", path), TestContext.Current.CancellationToken);

    public void Dispose() => folder.Delete(recursive: true);

    private Task WriteAsync(string path, string text) => File.WriteAllTextAsync(Path.Combine(folder.FullName, path), text, TestContext.Current.CancellationToken);
}
