using System.ComponentModel.DataAnnotations;

namespace EventSourced.ServiceDefaults.Hosting;

/// <summary>Section <c>Shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    /// <summary>How long a host that was asked to stop may take to finish its work or hand it back.</summary>
    /// <value>Default 30 seconds; from 1 second to 10 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
