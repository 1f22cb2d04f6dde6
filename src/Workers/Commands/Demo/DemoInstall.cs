using System.Text;
using EventSourced.Workers.Adapters.Apt;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>Installs from the published repository by the real apt-get, and makes sure that apt refuses what it must.</summary>
internal sealed class DemoInstall(DemoApi api, DemoConsole console, string folder)
{
    private const string Package = "tally";

    public async Task RunAsync(DemoRepository repository, string arch, CancellationToken cancellation)
    {
        var key = await api.GetBytesAsync($"{repository.Url}key.asc", cancellation);
        var root = await AptRoot.CreateAsync(Path.Combine(folder, "root"), repository.Url, key, arch, cancellation);
        await root.UpdateAsync(cancellation);
        console.Done($"apt-get update: signature by {repository.SignedBy} is good");
        await root.InstallAsync(Package, cancellation);
        console.Done($"apt-get install: {Package} {await root.VersionAsync(Package, cancellation)} in {root.Folder}");

        var program = Path.Combine(root.Folder, "usr/bin/tally");
        var said = await Tool.ReadTextAsync(program, [], ToolContext.Default with { Input = Encoding.UTF8.GetBytes("b\na\nb\n") }, cancellation);
        Require(said is "2\tb\n1\ta\n", $"The installed program printed: {said}");
        console.Done("The installed program runs: printf 'b\\na\\nb\\n' | tally prints 2 b, 1 a");
    }

    public async Task RequireRefusalsAsync(DemoRepository repository, string arch, CancellationToken cancellation)
    {
        var key = await api.GetBytesAsync($"{repository.Url}key.asc", cancellation);
        await RequireRefusedAsync("a root that does not trust the key", repository.Url, key: null, arch, cancellation);
        await RequireTamperedRefusedAsync("a changed InRelease", repository, path => path.EndsWith("/InRelease", StringComparison.Ordinal), key, arch, cancellation);
        await RequireTamperedRefusedAsync("a changed package index", repository, path => path.Contains("/binary-", StringComparison.Ordinal), key, arch, cancellation);
        await RequireTamperedRefusedAsync("a changed package", repository, path => path.EndsWith(".deb", StringComparison.Ordinal), key, arch, cancellation);
    }

    private async Task RequireTamperedRefusedAsync(string what, DemoRepository repository, Func<string, bool> isChanged, byte[] key, string arch, CancellationToken cancellation)
    {
        await using var mirror = await TamperingMirror.StartAsync(repository.Url, isChanged, cancellation);
        await RequireRefusedAsync(what, mirror.Address, key, arch, cancellation);
    }

    private async Task RequireRefusedAsync(string what, Uri url, byte[]? key, string arch, CancellationToken cancellation)
    {
        var root = await AptRoot.CreateAsync(Path.Combine(folder, $"refusing-{Guid.CreateVersion7():N}"), url, key, arch, cancellation);
        try
        {
            await root.UpdateAsync(cancellation);
            await root.InstallAsync(Package, cancellation);
        }
        catch (ToolFailedException)
        {
            Require(!File.Exists(Path.Combine(root.Folder, "usr/bin/tally")), $"apt-get complained about {what}, and installed from it.");
            console.Done($"apt-get refuses {what}");
            return;
        }

        throw new DemoFailedException($"apt-get accepted {what}.");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
            throw new DemoFailedException(otherwise);
    }
}
