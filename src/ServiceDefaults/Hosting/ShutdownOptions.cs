using System.ComponentModel.DataAnnotations;

namespace EventSourced.ServiceDefaults.Hosting;

/// <summary>Section <c>Shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    private static readonly TimeSpan MostHandlersGrace = TimeSpan.FromMinutes(3);

    /// <summary>How long a host that was asked to stop may take to finish its work or hand it back.</summary>
    /// <value>Default 30 seconds; from 1 second to 10 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What of it the handlers of queued messages have before they are cancelled; in the rest their messages are handed back.</summary>
    public TimeSpan HandlersGrace() => TimeSpan.FromTicks(Math.Clamp(Timeout.Ticks / 3, 0, MostHandlersGrace.Ticks));
}
