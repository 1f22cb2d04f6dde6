using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EventSourced.ServiceDefaults.Hosting;

/// <summary>
/// Leaves <c>run/&lt;role&gt;-&lt;pid&gt;.url</c> in the data folder while the host listens, so that scripts find a host whose port the kernel chose.
/// </summary>
internal sealed class AddressFile(IServer server, ServiceIdentity identity, IOptions<DataOptions> data) : IHostedLifecycleService
{
    private readonly string path = Path.Combine(data.Value.Path, "run", $"{identity.Role}-{Environment.ProcessId}.url");

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (server.Features.Get<IServerAddressesFeature>()?.Addresses is not { Count: > 0 } addresses)
            return;

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var written = $"{path}.{Guid.NewGuid():N}";
        await File.WriteAllLinesAsync(written, addresses, cancellationToken);
        File.Move(written, path, overwrite: true);
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(Path.GetDirectoryName(path)))
            File.Delete(path);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
