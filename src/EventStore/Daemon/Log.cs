using Microsoft.Extensions.Logging;

namespace EventSourced.EventStore.Daemon;

internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Warning, "The connection for wake-ups was lost; trying again.")]
    public static partial void WakeUpConnectionLost(this ILogger logger, Exception exception);
}
