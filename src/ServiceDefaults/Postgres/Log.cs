using Microsoft.Extensions.Logging;

namespace EventSourced.ServiceDefaults.Postgres;

internal static partial class Log
{
    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning, Message = "The embedded PostgreSQL is gone; starting it again")]
    public static partial void ServerGone(this ILogger logger);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Information, Message = "The embedded PostgreSQL answers again")]
    public static partial void ServerBack(this ILogger logger);

    [LoggerMessage(EventId = 5003, Level = LogLevel.Error, Message = "The embedded PostgreSQL did not start: {Reason}")]
    public static partial void ServerStaysAway(this ILogger logger, string reason);

    [LoggerMessage(EventId = 5004, Level = LogLevel.Warning, Message = "The embedded PostgreSQL refused to start and is tried again: {Complaint}")]
    public static partial void ServerRefused(this ILogger logger, string complaint);

    [LoggerMessage(EventId = 5005, Level = LogLevel.Warning, Message = "The embedded PostgreSQL said nothing for {Seconds} s and is ended ({Processes})")]
    public static partial void ServerSilent(this ILogger logger, double seconds, string processes);
}
