namespace EventSourced.Api.Packages;

internal static partial class Log
{
    [LoggerMessage(1201, LogLevel.Warning, "The database does not tell which tasks are ready; nodes that wait go on waiting.")]
    public static partial void ReadyTasksUnknown(ILogger logger, Exception exception);
}
