using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace EventSourced.EventStore.Daemon;

/// <summary>Runs the daemon as long as the host runs.</summary>
internal sealed class ProjectionDaemonService(ProjectionDaemon daemon) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await daemon.StartAllAsync();
        await daemon.Running.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stoppingToken.IsCancellationRequested)
            await daemon.Running;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await daemon.StopAllAsync();
        await base.StopAsync(cancellationToken);
    }
}

/// <summary>Registers the daemon with a host.</summary>
public static class ProjectionDaemonRegistration
{
    /// <summary>
    /// Keeps the high-water mark and runs async projections while the host runs; any number of hosts share the work. The tables must exist when the host starts.
    /// </summary>
    public static IServiceCollection AddProjectionDaemon(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => (ProjectionDaemon)((DocumentStore)provider.GetRequiredService<IDocumentStore>()).BuildProjectionDaemon());
        services.TryAddSingleton<IProjectionDaemon>(provider => provider.GetRequiredService<ProjectionDaemon>());
        services.AddHostedService<ProjectionDaemonService>();
        return services;
    }
}
