using System.ComponentModel.DataAnnotations;

namespace EventSourced.Workers.Packages.Releases;

/// <summary>Section <c>AutomaticRelease</c>: builds of the built-in product are released when they are finished and signed.</summary>
public sealed class AutomaticReleaseOptions
{
    /// <summary>Whether they are. A release that needs a person, for a package without a target or one that is there already, is planned and left to him.</summary>
    public bool Enabled { get; init; }

    /// <summary>How long a commit may take before somebody looks whether it got stuck: what may still fail does then, what is decided is asked for again.</summary>
    /// <value>Default 5 minutes; from 1 second to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(5);
}
