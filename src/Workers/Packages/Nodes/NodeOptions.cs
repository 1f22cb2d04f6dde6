using System.ComponentModel.DataAnnotations;
using EventSourced.ServiceDefaults.Http;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Section <c>Node</c>: the built-in build node.</summary>
public sealed class NodeOptions : IMasterAccess
{
    /// <summary>The public API it works for.</summary>
    /// <value>Default <c>http://127.0.0.1:8080</c>.</value>
    [Required, HttpAddress]
    public Uri MasterUrl { get; init; } = new("http://127.0.0.1:8080");

    /// <summary>Its API key; without one, the first line of <see cref="TokenFile"/>.</summary>
    public string? Token { get; init; }

    /// <summary>The file with its API key. A node waits for the file and reads it again when the key is refused.</summary>
    /// <value>Default <c>node-build.token</c> below <c>Data:Path</c>.</value>
    public string TokenFile { get; set; } = "";

    /// <summary>Where it keeps what it fetched and built, per task, until the report.</summary>
    /// <value>Default <c>node</c> below <c>Data:Path</c>.</value>
    public string WorkPath { get; set; } = "";

    /// <summary>The arches it asks for, as the platforms name them.</summary>
    /// <value>Default: the machine's own, as rpm and as dpkg names it, and <c>src</c> where both kinds can be built; both kinds where a container engine is set.</value>
    public IReadOnlyList<string> Arches { get; set; } = [];

    /// <summary>Tasks whose URL contains one of these are left to others.</summary>
    public IReadOnlyList<string> ExcludedPackages { get; init; } = [];

    /// <summary>How many tasks it works on at a time.</summary>
    /// <value>Default 1; from 1 to 64.</value>
    [Range(1, 64)]
    public int Capacity { get; init; } = 1;

    /// <summary>How often it says that it lives.</summary>
    /// <value>Default 3 seconds; from 100 milliseconds to 1 minute. A task that was taken away or cancelled is ended at the next one.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the server may keep an idle node's question open.</summary>
    /// <value>Default 30 seconds; up to 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan PollWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long running tasks may go on when the host stops, before they are ended and handed back.</summary>
    /// <value>Default 20 seconds; up to 1 hour.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Log bytes of one task that are kept; what comes after is dropped with a note.</summary>
    /// <value>Default 256 MiB, what the server takes; from 64 KiB.</value>
    [Range(64L << 10, long.MaxValue)]
    public long LogBytes { get; init; } = 256L << 20;
}
