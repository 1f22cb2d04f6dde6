using EventSourced.Workers.Adapters.Sandbox;

namespace EventSourced.Workers.Adapters.Containers;

/// <summary>
/// An image with a layer over its files, for one run. The layer's script runs like any foreign code; what it made comes out as a tar, which the engine unpacks into a
/// container that never runs, and of that the image is made. So nothing runs as root, and no more is written to the engine's disk than a result may be long.
/// </summary>
internal sealed class LayeredImage(ContainerEngine engine, string image, ContainerOwner owner)
{
    private const string Repository = "eventsourced-build";

    private const string Launcher = """
        set -eu
        mkdir -p /mnt/packages /mnt/root/usr
        for name in bin sbin lib lib64; do
            if [ -L "/usr/$name" ]; then ln -s "$(readlink "/usr/$name")" "/mnt/root/usr/$name"; else mkdir "/mnt/root/usr/$name"; fi
            [ ! -L "/$name" ] || ln -s "usr/$name" "/mnt/root/$name"
        done
        tar -xf - -C /mnt/packages --no-same-owner
        ( LAYER ) </dev/null >&2
        for name in bin sbin lib lib64; do
            [ ! -L "/mnt/root/$name" ] || rm "/mnt/root/$name"
            [ ! -d "/mnt/root/usr/$name" ] || [ -d "/usr/$name" ] || rmdir "/mnt/root/usr/$name" 2>/dev/null || :
        done
        if [ -e /etc/ld.so.cache ]; then
            mkdir -p /mnt/root/etc
            ln -sf CACHE /mnt/root/etc/ld.so.cache
        fi
        exec tar -C /mnt/root --owner=0 --group=0 --numeric-owner -cf - .
        """;

    public string Name => $"{Repository}:{Tag}";

    private string Tag => $"{owner.Node}-{owner.Work}";

    /// <param name="layer">What lies over the image.</param>
    /// <param name="command">For which run; its log gets what the layer's script says.</param>
    /// <param name="run">Runs a command in a container of an image.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The end of the layer's script; only with success there is an image.</returns>
    public async Task<SandboxResult> MakeAsync(
        SandboxLayer layer, SandboxCommand command, Func<string, SandboxCommand, CancellationToken, Task<SandboxResult>> run, CancellationToken cancellation)
    {
        var files = $"{command.OutputFile}.layer";
        var script = Launcher.Replace("LAYER", layer.Script, StringComparison.Ordinal).Replace("CACHE", SandboxContainer.LibraryCache, StringComparison.Ordinal);
        var made = await run(image, new SandboxCommand(script, [], files) { InputFile = layer.ArchiveFile, Log = command.Log, WallTime = command.WallTime }, cancellation);
        if (made.Succeeded)
            await CommitAsync(files, cancellation);

        File.Delete(files);
        return made;
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        await engine.RemoveAsync(owner.ContainerName, cancellation);
        await engine.RemoveImageAsync(Name, cancellation);
    }

    private async Task CommitAsync(string files, CancellationToken cancellation)
    {
        var id = await engine.CreateAsync(owner.ContainerName, SandboxContainer.Unstarted(image, owner), cancellation);
        await using var tar = File.OpenRead(files);
        await engine.UnpackAsync(id, tar, cancellation);
        await engine.CommitAsync(id, Repository, Tag, cancellation);
        await engine.RemoveAsync(id, cancellation);
    }
}
