using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Files;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>
/// Removes the containers and images of this node whose work folder is gone: at the start what killed processes left, later what the engine did not remove in time.
/// </summary>
internal sealed class AbandonedContainers(
    ContainerEngine engine, IOptions<NodeOptions> options, TimeProvider time, ILogger<AbandonedContainers> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!engine.IsConfigured)
            return;

        using var timer = new PeriodicTimer(Interval, time);
        var said = "";
        do
        {
            try
            {
                await RemoveAsync(stoppingToken);
            }
            catch (ContainerEngineException e)
            {
                if (!e.IsUnavailable) // else the node says so
                    log.ContainerSweepFailed(e.Message);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (e.Message != said) // as a rule the work folder cannot be used
                    log.ContainerSweepFailed(said = e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Those of the engine are asked for first: a folder is there before its containers.</summary>
    private async Task RemoveAsync(CancellationToken cancellation)
    {
        var label = $"{ContainerOwner.NodeLabel}={NodeIdentity.Of(options.Value.WorkPath)}";
        var (containers, images) = (await engine.ContainersAsync(label, cancellation), await engine.ImagesAsync(label, cancellation));
        WorkFolder.RemoveAbandoned(options.Value.WorkPath);
        var (goneContainers, goneImages) = (containers.Where(IsAbandoned).ToList(), images.Where(IsAbandoned).ToList());
        foreach (var container in goneContainers)
            await engine.RemoveAsync(container.Id, cancellation);

        foreach (var image in goneImages)
            await engine.RemoveImageAsync(image.Id, cancellation);

        if (goneContainers.Count + goneImages.Count > 0)
            log.ContainersRemoved(goneContainers.Count, goneImages.Count);
    }

    private bool IsAbandoned(EngineThing thing) =>
        thing.Labels?.GetValueOrDefault(ContainerOwner.FolderLabel) is { } folder && !Directory.Exists(Path.Combine(options.Value.WorkPath, Path.GetFileName(folder)));
}
