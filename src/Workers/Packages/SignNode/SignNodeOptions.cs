using System.ComponentModel.DataAnnotations;
using EventSourced.ServiceDefaults.Http;
using EventSourced.Workers.Adapters.Signing;
using EventSourced.Workers.Packages.Nodes;

namespace EventSourced.Workers.Packages.SignNode;

/// <summary>Section <c>SignNode</c>: the built-in sign node.</summary>
public sealed class SignNodeOptions : IMasterAccess
{
    /// <summary>The public API it works for.</summary>
    /// <value>Default: that of the build node, <c>Node:MasterUrl</c>.</value>
    [HttpAddress]
    public Uri? Master { get; set; }

    /// <summary>Its API key; without one, the first line of <see cref="TokenFile"/>.</summary>
    public string? Token { get; init; }

    /// <summary>The file with its API key. A node waits for the file and reads it again when the key is refused.</summary>
    /// <value>Default <c>node-sign.token</c> below <c>Data:Path</c>.</value>
    public string TokenFile { get; set; } = "";

    /// <summary>Where it keeps what it fetched and signed, per task, until the report.</summary>
    /// <value>Default <c>sign-node</c> below <c>Data:Path</c>.</value>
    public string WorkPath { get; set; } = "";

    /// <summary>The folder of its secret keys, which only its owner enters: armored files without passphrase (<c>*.asc</c>). Keys never leave it.</summary>
    /// <value>Default <c>sign-keys</c> below <c>Data:Path</c>.</value>
    public string KeyPath { get; set; } = "";

    /// <summary>The user id of the key made at the first start, when <see cref="KeyPath"/> holds none; also the name it is registered under.</summary>
    /// <value>Default <c>EventSourced packages</c>.</value>
    [Required]
    [RegularExpression(@"[^\x00-\x1f-][^\x00-\x1f]*")]
    public string KeyName { get; init; } = "EventSourced packages";

    /// <summary>The kind of that key.</summary>
    /// <value>Default <see cref="KeyAlgorithm.Rsa3072"/>, which every client verifies.</value>
    public KeyAlgorithm KeyAlgorithm { get; init; } = KeyAlgorithm.Rsa3072;

    /// <summary>Whether it registers the public halves of its keys itself.</summary>
    public bool RegistersKeys { get; init; } = true;

    /// <summary>How often an idle node asks for work.</summary>
    /// <value>Default 2 seconds; from 100 milliseconds to 10 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often it says that it lives while it signs.</summary>
    /// <value>Default 5 seconds; from 100 milliseconds to 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a package may take to appear at its address before the task fails: repositories are published a little later than builds end.</summary>
    /// <value>Default 2 minutes; up to 1 hour.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan DownloadWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long signing one file may take before the task fails.</summary>
    /// <value>Default 10 minutes; from 100 milliseconds to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan FileTime { get; init; } = TimeSpan.FromMinutes(10);

    Uri IMasterAccess.MasterUrl => Master ?? throw new InvalidOperationException("The options have not been completed.");

    TimeSpan IMasterAccess.PollWait => TimeSpan.Zero;
}
