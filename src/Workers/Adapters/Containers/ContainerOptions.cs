using System.ComponentModel.DataAnnotations;

namespace EventSourced.Workers.Adapters.Containers;

/// <summary>Section <c>Containers</c>: the engine in whose containers packages are built.</summary>
public sealed class ContainerOptions
{
    /// <summary>Where an engine answers that speaks the Docker Engine API: <c>unix:///path</c>, <c>tcp://host:port</c>, <c>http://…</c> or <c>https://…</c>.</summary>
    /// <value>Default none: everything is built with the tools of the machine.</value>
    [RegularExpression("(unix:///|tcp://|https?://).+", ErrorMessage = "The {0} field must be an address like unix:///var/run/docker.sock or tcp://127.0.0.1:2375.")]
    public string? Engine { get; init; }

    /// <summary>The image of a platform, by the platform's name, in place of the one the platform names itself.</summary>
    public Dictionary<string, string> Images { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an image that the engine does not have may be fetched from its registry.</summary>
    /// <value>Default false: then the task fails.</value>
    public bool Pull { get; init; }
}
