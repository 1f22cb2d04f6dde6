namespace EventSourced.Workers.Adapters;

internal static partial class Log
{
    [LoggerMessage(2201, LogLevel.Warning, "Looking for what killed processes left in a work folder failed; it is done again: {Reason}")]
    public static partial void WorkSweepFailed(this ILogger logger, string reason);
}
