using System.ComponentModel.DataAnnotations;

namespace EventSourced.Workers.Adapters.Git;

/// <summary>Section <c>Git</c>.</summary>
public sealed class GitOptions
{
    /// <summary>Hosts that may be fetched from although their addresses are private, loopback or link-local.</summary>
    /// <value>Default none: such addresses are refused.</value>
    public IReadOnlyList<string> PrivateHosts { get; init; } = [];

    /// <summary>The longest a fetch may take.</summary>
    /// <value>Default 10 minutes; from 1 second to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan FetchTime { get; init; } = TimeSpan.FromMinutes(10);
}
