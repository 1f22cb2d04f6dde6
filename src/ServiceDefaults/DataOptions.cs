using System.ComponentModel.DataAnnotations;

namespace EventSourced.ServiceDefaults;

/// <summary>Section <c>Data</c>: what a host keeps on this machine.</summary>
public sealed class DataOptions
{
    /// <summary>Folder of the embedded PostgreSQL, of keys and tokens made at the first start, and of the artifacts.</summary>
    /// <value>Default <c>.data</c>, relative to the working directory. Hosts with the same folder work on the same data.</value>
    [Required]
    public string Path { get; init; } = ".data";
}
