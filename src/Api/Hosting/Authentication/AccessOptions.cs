using System.ComponentModel.DataAnnotations;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>Section <c>Access</c>.</summary>
public sealed class AccessOptions
{
    /// <summary>Whether builds, platforms and their like can be read without a credential.</summary>
    /// <value>Default true.</value>
    public bool OpenReading { get; init; } = true;

    /// <summary>Failed credentials an address or principal may have before it gets 429; one is forgiven every <see cref="ForgivenEvery"/>. Valid credentials are never refused.</summary>
    /// <value>Default 20; from 1 to 10,000.</value>
    [Range(1, 10_000)]
    public int FailedCredentials { get; init; } = 20;

    /// <summary>How fast failed credentials are forgiven.</summary>
    /// <value>Default 3 seconds; from 10 milliseconds to 1 hour.</value>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan ForgivenEvery { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a looked-up principal is used again; a change made through another host is seen after at most this time.</summary>
    /// <value>Default 1 second; from 0 (never used again) to 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan PrincipalsKept { get; init; } = TimeSpan.FromSeconds(1);
}
