using System.ComponentModel.DataAnnotations;
using EventSourced.ServiceDefaults.Http;

namespace EventSourced.ServiceDefaults.Beholder;

/// <summary>Section <c>Beholder</c>: the service that knows in which repositories distributions have their packages.</summary>
public sealed class BeholderOptions
{
    /// <summary>The address before <c>/api/v1/distros/</c>, without credentials and parameters.</summary>
    /// <value>Default: none, and nothing is predicted.</value>
    [HttpAddress]
    public Uri? Url { get; init; }

    /// <summary>How long an answer may take, to its end. The plan of a release waits for it, and is made without it then.</summary>
    /// <value>Default 10 seconds; from 0.1 to 30 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
