using Microsoft.Extensions.Hosting;

namespace EventSourced.EventStore;

/// <summary>Brings the database up to date before later hosted services start.</summary>
internal sealed class SchemaStart(IDocumentStore store) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
