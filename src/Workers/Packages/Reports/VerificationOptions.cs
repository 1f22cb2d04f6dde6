using System.ComponentModel.DataAnnotations;

namespace EventSourced.Workers.Packages.Reports;

/// <summary>Section <c>Verification</c>: how reported packages are looked at.</summary>
public sealed class VerificationOptions
{
    /// <summary>Where a package lies while it is looked at.</summary>
    /// <value>Default <c>verify</c> below <c>Data:Path</c>.</value>
    public string WorkPath { get; set; } = "";

    /// <summary>How long a tool may take to read one package.</summary>
    /// <value>Default 1 minute; from 1 second to 1 hour.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ToolTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Hosts that public keys may be fetched from although their addresses are private, loopback or link-local.</summary>
    public IReadOnlyList<string> PrivateKeyHosts { get; init; } = [];
}
