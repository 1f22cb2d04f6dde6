using Microsoft.Extensions.Logging;

namespace EventSourced.EventStore.Daemon;

internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Warning, "The connection for wake-ups was lost; trying again.")]
    public static partial void WakeUpConnectionLost(this ILogger logger, Exception exception);

    [LoggerMessage(2010, LogLevel.Information, "This process keeps the high-water mark.")]
    public static partial void MarkLeased(this ILogger logger);

    [LoggerMessage(2011, LogLevel.Warning, "Keeping the high-water mark was interrupted; trying again.")]
    public static partial void MarkInterrupted(this ILogger logger, Exception exception);

    [LoggerMessage(2012, LogLevel.Information, "The numbers between {From} and {To} were given up: they can never appear.")]
    public static partial void NumbersGivenUp(this ILogger logger, long from, long to);

    [LoggerMessage(2013, LogLevel.Error, "Event {Sequence} turned up after its number had been given up; the documents it belongs to are folded again.")]
    public static partial void LateEvent(this ILogger logger, long sequence);
}
