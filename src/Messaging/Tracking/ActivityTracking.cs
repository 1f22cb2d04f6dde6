using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Messaging.Tracking;

/// <summary>For tests: runs something and returns once everything it caused is done.</summary>
public static class ActivityTracking
{
    /// <summary>Tracks in this host; the messages may be handled in any process of the same database.</summary>
    public static ActivityTracker TrackActivity(this IHost host) => host.Services.TrackActivity();

    /// <inheritdoc cref="TrackActivity(IHost)"/>
    public static ActivityTracker TrackActivity(this IServiceProvider services) =>
        new(services, services.GetRequiredService<IDocumentStore>(), services.GetService<IProjectionDaemon>());
}
