using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Where a task is built: in its platform's image where an engine is configured and an image is known, else with the tools of the machine.</summary>
public sealed class BuildSandboxes(
    Bubblewrap machine, ContainerEngine engine, IOptions<ContainerOptions> containers, IOptions<SandboxOptions> limits, IOptions<NodeOptions> node, TimeProvider time)
{
    /// <param name="task">What is built.</param>
    /// <param name="folder">Its work folder.</param>
    /// <param name="log">Is told the image.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="ContainerEngineException">The image is not there and cannot be fetched, or the engine does not answer.</exception>
    /// <exception cref="BuildResultException">There is nothing to build it with, or the image is none for builds.</exception>
    public async Task<ISandbox> ForAsync(NodeTask task, string folder, BuildLog log, CancellationToken cancellation)
    {
        if (ImageOf(containers.Value, task.Platform) is { } name)
        {
            var image = await FindAsync(name, log, cancellation);
            log.WriteLine($"Image {name}, {image.Id}");
            var owner = new ContainerOwner(NodeIdentity.Of(node.Value.WorkPath), Path.GetFileName(folder), $"{task.Id}-{task.Attempt}");
            return new ContainerSandbox(engine, image.Id, owner, limits.Value, time);
        }

        return NodeTools.Build(task.Platform.Type)
            ? machine
            : throw new BuildResultException(
                $"This node knows no image of the platform {task.Platform.Name}, and its machine cannot build {task.Platform.Type} packages.");
    }

    /// <summary>The node's word goes before the platform's.</summary>
    /// <exception cref="BuildResultException">The platform does not say which.</exception>
    public static string? ImageOf(ContainerOptions options, NodeTaskPlatform platform) =>
        options.Engine is null ? null : options.Images.GetValueOrDefault(platform.Name) ?? platform.FindImage();

    private async Task<EngineImage> FindAsync(string name, BuildLog log, CancellationToken cancellation)
    {
        var image = await engine.FindImageAsync(name, cancellation);
        if (image is null && containers.Value.Pull)
        {
            log.WriteLine($"The image {name} is fetched.");
            await engine.PullAsync(name, cancellation);
            image = await engine.FindImageAsync(name, cancellation);
        }

        if (image is null)
        {
            var why = containers.Value.Pull ? "" : ", and Containers:Pull does not let it be fetched";
            throw new BuildResultException($"The container engine does not have the image {name}{why}.");
        }

        // They would be folders on the engine's disk that a build can fill.
        return image.Config?.Volumes is not { Count: > 0 } volumes
            ? image
            : throw new BuildResultException($"The image {name} declares volumes ({string.Join(", ", volumes.Keys)}); a build must not have any.");
    }
}
