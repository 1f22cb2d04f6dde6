using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourced.EventStore;

/// <summary>Brings the database up to date when a host starts.</summary>
public static class SchemaOnStartup
{
    /// <summary>
    /// Creates what is missing in the database before any service registered later starts. Hosts that start at once do it one after another. Fails the start when
    /// the database cannot be reached.
    /// </summary>
    public static IServiceCollection ApplyAllDatabaseChangesOnStartup(this IServiceCollection services) => services.AddHostedService<Starter>();

    private sealed class Starter(IDocumentStore store) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
