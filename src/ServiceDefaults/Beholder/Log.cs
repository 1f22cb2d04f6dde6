using Microsoft.Extensions.Logging;

namespace EventSourced.ServiceDefaults.Beholder;

internal static partial class Log
{
    [LoggerMessage(EventId = 5101, Level = LogLevel.Warning, Message = "The beholder did not answer about {Subject}; it is done without: {Reason}")]
    public static partial void BeholderFailed(this ILogger logger, string subject, string reason);

    [LoggerMessage(EventId = 5102, Level = LogLevel.Information, Message = "The beholder does not know {Subject}")]
    public static partial void SubjectUnknown(this ILogger logger, string subject);
}
