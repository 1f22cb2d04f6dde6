using System.ComponentModel.DataAnnotations;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Section <c>Limits</c>. Uploads of files have their own.</summary>
public sealed class RequestLimits
{
    /// <summary>Longest JSON body.</summary>
    /// <value>Default 4 MiB; from 1 KiB to 1 GiB.</value>
    [Range(1024, 1 << 30)]
    public int BodyBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Most elements of any list in a JSON body.</summary>
    /// <value>Default 10,000; from 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int ListItems { get; init; } = 10_000;

    /// <summary>Requests a second that a principal, or an address without credential, may send for long. A request that waits (long-poll, server-sent events) counts once.</summary>
    /// <value>Default 20,000; from 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; init; } = 20_000;

    /// <summary>Requests it may send at once after a pause; with more it gets 429.</summary>
    /// <value>Default 100,000; from 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int RequestBurst { get; init; } = 100_000;
}
