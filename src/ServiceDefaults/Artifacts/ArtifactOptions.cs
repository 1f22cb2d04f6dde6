using System.ComponentModel.DataAnnotations;

namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>Section <c>Artifacts</c>.</summary>
public sealed class ArtifactOptions
{
    /// <summary>Folder of the artifact store, shared by the hosts of one machine.</summary>
    /// <value>Default <c>artifacts</c> below <c>Data:Path</c>.</value>
    [Required]
    public string Path { get; set; } = "";
}
