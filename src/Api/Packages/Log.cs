namespace EventSourced.Api.Packages;

internal static partial class Log
{
    [LoggerMessage(1201, LogLevel.Warning, "The database does not tell which tasks are ready; nodes that wait go on waiting.")]
    public static partial void ReadyTasksUnknown(ILogger logger, Exception exception);

    [LoggerMessage(1202, LogLevel.Warning, "Attempt {Attempt} of task {Task} was not answered and could not be handed back; it waits for the node's silence.")]
    public static partial void TaskNotHandedBack(ILogger logger, int task, int attempt, Exception exception);
}
