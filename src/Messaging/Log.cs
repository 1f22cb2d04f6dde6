using Microsoft.Extensions.Logging;

namespace EventSourced.Messaging;

internal static partial class Log
{
    [LoggerMessage(2301, LogLevel.Warning, "Message {MessageId} ({MessageType}) failed at attempt {Attempt}; next try in {Pause}.")]
    public static partial void WillRetry(this ILogger logger, Exception exception, Guid messageId, string messageType, int attempt, TimeSpan pause);

    [LoggerMessage(2302, LogLevel.Error, "Message {MessageId} ({MessageType}) is dead after attempt {Attempt}.")]
    public static partial void Died(this ILogger logger, Exception exception, Guid messageId, string messageType, int attempt);

    [LoggerMessage(2303, LogLevel.Warning, "The lease of message {MessageId} ({MessageType}) was lost; nothing was saved.")]
    public static partial void LeaseLost(this ILogger logger, Guid messageId, string messageType);

    [LoggerMessage(2304, LogLevel.Warning, "The queue cannot be reached; trying again.")]
    public static partial void QueueUnreachable(this ILogger logger, Exception exception);

    [LoggerMessage(2305, LogLevel.Warning, "The end of message {MessageId} could not be recorded; its lease will lapse.")]
    public static partial void EndNotRecorded(this ILogger logger, Exception exception, Guid messageId);

    [LoggerMessage(2306, LogLevel.Information, "Handed back {Count} messages at shutdown.")]
    public static partial void HandedBack(this ILogger logger, int count);

    [LoggerMessage(2307, LogLevel.Information, "The queue sweep released {Count} parked messages.")]
    public static partial void StraysReleased(this ILogger logger, int count);

    [LoggerMessage(2308, LogLevel.Information, "Draining the queue with {Concurrency} handlers at once.")]
    public static partial void Draining(this ILogger logger, int concurrency);

    [LoggerMessage(2309, LogLevel.Debug, "Message {MessageId} left its batch; it is handled alone.")]
    public static partial void LeftTheBatch(this ILogger logger, Exception exception, Guid messageId);

    [LoggerMessage(2311, LogLevel.Error, "A handler of the queue broke; its messages will be taken again when their leases lapse.")]
    public static partial void HandlerBroke(this ILogger logger, Exception exception);

    [LoggerMessage(2310, LogLevel.Information, "A batch of {Count} messages could not be saved together; they are handled one by one.")]
    public static partial void BatchSplit(this ILogger logger, Exception exception, int count);

    [LoggerMessage(2312, LogLevel.Warning, "The end of message {MessageId} could not be recorded yet; trying again.")]
    public static partial void EndNotYetRecorded(this ILogger logger, Exception exception, Guid messageId);
}
