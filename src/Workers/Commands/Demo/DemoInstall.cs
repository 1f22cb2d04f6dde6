using EventSourced.Workers.Adapters.Apt;
using EventSourced.Workers.Adapters.Dnf;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>Installs from the production repositories by the real apt-get and dnf into roots that are empty before, and makes sure that both refuse what they must.</summary>
internal sealed class DemoInstall(DemoApi api, DemoConsole console, string folder)
{
    public async Task<AptRoot> InstallDebAsync(DemoProduction repository, string arch, CancellationToken cancellation)
    {
        var key = await api.GetBytesAsync($"{repository.Url}key.asc", cancellation);
        var root = await AptRoot.CreateAsync(Path.Combine(folder, "apt"), repository.Url, key, arch, cancellation);
        await root.UpdateAsync(cancellation);
        await root.InstallAsync("tally", cancellation);
        await RequireTallyAsync(root, "1.0", cancellation);
        return root;
    }

    public async Task<DnfRoot> InstallRpmAsync(DemoProduction repository, DemoKey key, CancellationToken cancellation)
    {
        var root = await DnfRoot.CreateAsync(Path.Combine(folder, "dnf"), repository.Url, key.Url, cancellation);
        await root.RunAsync(cancellation, "install", "greet");
        await RequireGreetAsync(root, "1.0", cancellation);
        return root;
    }

    /// <summary>What runs is what was installed, with nothing of the machine around it.</summary>
    public async Task RequireTallyAsync(AptRoot root, string version, CancellationToken cancellation)
    {
        Require(await root.VersionAsync("tally", cancellation), version, "dpkg's version of tally");
        Require(await RootTool.ReadTextInAsync(root.Folder, "/usr/bin/tally", ["--version"], "", cancellation), $"tally {version}\n", "tally --version");
        Require(await RootTool.ReadTextInAsync(root.Folder, "/usr/bin/tally", [], "b\na\nb\n", cancellation), "2\tb\n1\ta\n", "tally");
        console.Done($"apt-get: tally {version}, and what it needs, in {root.Folder}; it runs there");
    }

    /// <inheritdoc cref="RequireTallyAsync"/>
    public async Task RequireGreetAsync(DnfRoot root, string version, CancellationToken cancellation)
    {
        Require(await root.VersionAsync("greet", cancellation), version, "rpm's version of greet");
        Require(await RootTool.ReadTextInAsync(root.Folder, "/usr/bin/greet", ["--version"], "", cancellation), $"greet {version}\n", "greet --version");
        Require(await RootTool.ReadTextInAsync(root.Folder, "/usr/bin/greet", ["Ann"], "", cancellation), "Hello, Ann!\n", "greet Ann");
        console.Done($"dnf: greet {version}, and what it needs, in {root.Folder}; it runs there");
    }

    public async Task RequireRefusalsAsync(DemoProduction deb, string arch, DemoProduction rpm, DemoKey key, CancellationToken cancellation)
    {
        var trusted = await api.GetBytesAsync($"{deb.Url}key.asc", cancellation);
        await RefusedAsync("apt-get", "a root that does not trust the key", () => AptAsync(deb.Url, key: null));
        await TamperedAsync("apt-get", "a changed InRelease", deb, path => path.EndsWith("/InRelease", StringComparison.Ordinal), url => AptAsync(url, trusted));
        await TamperedAsync("apt-get", "a changed package", deb, path => path.EndsWith(".deb", StringComparison.Ordinal), url => AptAsync(url, trusted));
        await TamperedAsync("dnf", "changed metadata", rpm, path => path.EndsWith("repomd.xml", StringComparison.Ordinal), DnfAsync);
        await TamperedAsync("dnf", "a changed package", rpm, path => path.EndsWith(".rpm", StringComparison.Ordinal), DnfAsync);

        async Task<string> AptAsync(Uri url, byte[]? key)
        {
            var root = await AptRoot.CreateAsync(Path.Combine(folder, $"refusing-{Guid.CreateVersion7():N}"), url, key, arch, cancellation);
            await root.UpdateAsync(cancellation);
            await root.InstallAsync("tally", cancellation);
            return root.Folder;
        }

        async Task<string> DnfAsync(Uri url)
        {
            var root = await DnfRoot.CreateAsync(Path.Combine(folder, $"refusing-{Guid.CreateVersion7():N}"), url, key.Url, cancellation);
            await root.RunAsync(cancellation, "install", "greet");
            return root.Folder;
        }

        async Task TamperedAsync(string client, string what, DemoProduction repository, Func<string, bool> isChanged, Func<Uri, Task<string>> install)
        {
            await using var mirror = await TamperingMirror.StartAsync(repository.Url, isChanged, cancellation);
            await RefusedAsync(client, what, () => install(mirror.Address));
        }
    }

    private async Task RefusedAsync(string client, string what, Func<Task<string>> install)
    {
        try
        {
            await install();
        }
        catch (ToolFailedException)
        {
            console.Done($"{client} refuses {what}");
            return;
        }

        throw new DemoFailedException($"{client} accepted {what}.");
    }

    private static void Require(string found, string wanted, string what)
    {
        if (found != wanted)
            throw new DemoFailedException($"{what}: '{found.TrimEnd()}', not '{wanted.TrimEnd()}'.");
    }
}
