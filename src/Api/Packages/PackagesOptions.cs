using System.ComponentModel.DataAnnotations;
using EventSourced.ServiceDefaults.Http;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages;

/// <summary>Section <c>Packages</c>.</summary>
public sealed class PackagesOptions
{
    /// <summary>The address clients reach <c>/pulp/content/</c> at.</summary>
    /// <value>Default: none, and each client is told the address it asked at.</value>
    [HttpAddress]
    public Uri? ContentUrl { get; init; }

    /// <summary>How nodes are treated.</summary>
    [Required, ValidateObjectMembers]
    public BuildNodeOptions Nodes { get; init; } = new();

    /// <summary>How sign nodes are treated.</summary>
    [Required, ValidateObjectMembers]
    public SignTaskOptions Signing { get; init; } = new();

    /// <summary>Running logs.</summary>
    [Required, ValidateObjectMembers]
    public BuildLogOptions Logs { get; init; } = new();

    /// <summary>How releases are carried out.</summary>
    [Required, ValidateObjectMembers]
    public ReleaseOptions Releases { get; init; } = new();
}

/// <summary>Section <c>Packages:Releases</c>.</summary>
public sealed class ReleaseOptions
{
    /// <summary>How long a commit or revert may take before somebody looks whether it got stuck: what may still fail does then, what is decided is asked for again.</summary>
    /// <value>Default 5 minutes; from 1 second to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the answer to a commit or revert waits for its end. It goes on in any case.</summary>
    /// <value>Default 10 seconds; up to 50 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:50")]
    public TimeSpan CommitWait { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Section <c>Packages:Nodes</c>.</summary>
public sealed class BuildNodeOptions
{
    /// <summary>How long a node that speaks only the dialect may stay silent before its task returns to the queue. Every ping renews it.</summary>
    /// <value>Default 20 minutes; from 1 second to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>The same for a node registered at <c>/api/nodes</c>, which pings every few seconds.</summary>
    /// <value>Default 30 seconds; from 1 second to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RegisteredSilence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest <c>?wait=</c> of an idle node; more is cut to it.</summary>
    /// <value>Default 60 seconds; up to 5 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an answer to a report waits until the report has been looked at. It is recorded before in any case.</summary>
    /// <value>Default 10 seconds; up to 50 seconds, as nodes give up after 60.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:50")]
    public TimeSpan ReportWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many tasks of one owner and arch may be worked on at a time, so that a large build does not take all nodes.</summary>
    /// <value>Default 0, for any number; up to 100,000.</value>
    [Range(0, 100_000)]
    public int MostOfOwner { get; init; }
}

/// <summary>Section <c>Packages:Logs</c>.</summary>
public sealed class BuildLogOptions
{
    /// <summary>Largest piece of a running log in one request.</summary>
    /// <value>Default 4 MiB; from 4 KiB to 64 MiB.</value>
    [Range(4 * 1024, 64 * 1024 * 1024)]
    public int ChunkBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Most bytes of one attempt's running log.</summary>
    /// <value>Default 256 MiB; from 64 KiB.</value>
    [Range(64L * 1024, long.MaxValue)]
    public long LogBytes { get; init; } = 256L * 1024 * 1024;
}

/// <summary>Section <c>Packages:Signing</c>.</summary>
public sealed class SignTaskOptions
{
    /// <summary>How long a sign node that speaks only the dialect, which has no ping for it, may work on a task before another one gets it.</summary>
    /// <value>Default 1 hour; from 1 second to 7 days.</value>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan Silence { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a sign node that said it pings may stay silent.</summary>
    /// <value>Default 30 seconds; from 1 second to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan PingingSilence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer to a report waits until its signatures have been verified. It is recorded before in any case.</summary>
    /// <value>Default 10 seconds; up to 50 seconds, as nodes give up after 60.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:50")]
    public TimeSpan ReportWait { get; init; } = TimeSpan.FromSeconds(10);
}
