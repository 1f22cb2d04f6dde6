using EventSourced.Workers.Adapters.Sandbox;

namespace EventSourced.Workers.Adapters.Containers;

/// <summary>Runs foreign code in containers of one image: without network and rights, on a read-only root, with memory as its only writable place.</summary>
/// <param name="engine">Where they run.</param>
/// <param name="image">The image's id.</param>
/// <param name="owner">Whose they are. A container of the same work that is still there is removed.</param>
/// <param name="limits">What a run may use.</param>
/// <param name="time">The clock.</param>
public sealed class ContainerSandbox(ContainerEngine engine, string image, ContainerOwner owner, SandboxOptions limits, TimeProvider time) : ISandbox
{
    private const int Killed = 128 + 9;

    private static readonly TimeSpan CleanUpTime = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    /// <exception cref="ContainerEngineException">The engine refused, or went away.</exception>
    public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellation)
    {
        if (command.Network is not SandboxNetwork.None)
            throw new ArgumentException("A container of an image has no network.", nameof(command));

        if (command.Layer is not { } layer)
            return await RunAsync(image, command, cancellation);

        var layered = new LayeredImage(engine, image, owner);
        try
        {
            return await layered.MakeAsync(layer, command, RunAsync, cancellation) is { Succeeded: false } failed
                ? failed
                : await RunAsync(layered.Name, command with { Layer = null }, cancellation);
        }
        finally
        {
            await CleanUpAsync(layered.RemoveAsync);
        }
    }

    private async Task<SandboxResult> RunAsync(string from, SandboxCommand command, CancellationToken cancellation)
    {
        await using var input = File.OpenRead(command.InputFile);
        await engine.RemoveAsync(owner.ContainerName, cancellation);
        try
        {
            var id = await engine.CreateAsync(owner.ContainerName, SandboxContainer.Of(from, command, input.Length, limits, owner), cancellation);
            return await RunAsync(id, command, input, cancellation);
        }
        finally
        {
            await CleanUpAsync(end => engine.RemoveAsync(owner.ContainerName, end));
        }
    }

    private async Task<SandboxResult> RunAsync(string id, SandboxCommand command, FileStream input, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(command.TimeWithin(limits), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        await using var output = File.Create(command.OutputFile);
        try
        {
            await using var streams = await engine.AttachAsync(id, stop.Token);
            await engine.StartAsync(id, stop.Token);
            var whole = await ForwardAsync(streams, command, input, output, stop.Token);
            return new SandboxResult(whole ? await engine.WaitAsync(id, stop.Token) : Killed, TimedOut: false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new SandboxResult(Killed, TimedOut: true);
        }
    }

    /// <returns>Whether all of the output fitted.</returns>
    private async Task<bool> ForwardAsync(ContainerStreams streams, SandboxCommand command, FileStream input, FileStream output, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var written = streams.WriteAsync(input, ended.Token);
        try
        {
            return await streams.ReadAsync(
                (stream, bytes, token) => stream is ContainerStream.Error ? LogAsync(command, bytes, token) : AppendAsync(output, bytes, token), cancellation);
        }
        finally
        {
            await ended.CancelAsync();
            await written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // nobody reads any more
        }
    }

    private static async ValueTask<bool> LogAsync(SandboxCommand command, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await command.Log(bytes, cancellation);
        return true;
    }

    /// <returns>Whether it fits.</returns>
    private async ValueTask<bool> AppendAsync(FileStream output, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var fitting = (int)Math.Min(bytes.Length, limits.FileBytes - output.Length);
        await output.WriteAsync(bytes[..fitting], cancellation);
        return fitting == bytes.Length;
    }

    /// <summary>Also where the run was given up. What an engine makes after that, or does not remove in time, is found by its labels.</summary>
    private async Task CleanUpAsync(Func<CancellationToken, Task> remove)
    {
        using var end = new CancellationTokenSource(CleanUpTime, time);
        try
        {
            await remove(end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            throw new ContainerEngineException($"The container engine did not remove {owner.ContainerName} within {CleanUpTime}.", status: null);
        }
    }
}
