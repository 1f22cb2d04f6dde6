using EventSourced.Workers.Packages.Nodes;

namespace EventSourced.Workers.Packages;

internal static partial class Log
{
    [LoggerMessage(2100, LogLevel.Information, "Build node works for {Master} on {Arches}, {Capacity} tasks at a time.")]
    public static partial void NodeStarted(this ILogger logger, Uri master, string arches, int capacity);

    [LoggerMessage(2101, LogLevel.Warning, "Build node disabled: {Missing} not installed.")]
    public static partial void NodeDisabled(this ILogger logger, string missing);

    [LoggerMessage(2102, LogLevel.Warning, "Build system not available: {Reason}")]
    public static partial void MasterUnavailable(this ILogger logger, string reason);

    [LoggerMessage(2103, LogLevel.Warning, "Ping failed; the next one comes.")]
    public static partial void PingFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2104, LogLevel.Information, "Task {TaskId} attempt {Attempt} started.")]
    public static partial void TaskStarted(this ILogger logger, int taskId, int attempt);

    [LoggerMessage(2105, LogLevel.Information, "Task {TaskId} attempt {Attempt} reported: {Answer}.")]
    public static partial void TaskReported(this ILogger logger, int taskId, int attempt, ReportAnswer answer);

    [LoggerMessage(2106, LogLevel.Warning, "Task {TaskId} attempt {Attempt} ended without a report: {Reason}.")]
    public static partial void TaskEnded(this ILogger logger, int taskId, int attempt, string reason);

    [LoggerMessage(2107, LogLevel.Information, "Task {TaskId} attempt {Attempt} handed back.")]
    public static partial void TaskHandedBack(this ILogger logger, int taskId, int attempt);

    [LoggerMessage(2108, LogLevel.Warning, "Task {TaskId} attempt {Attempt} could not be handed back and returns by silence: {Reason}")]
    public static partial void HandBackFailed(this ILogger logger, int taskId, int attempt, string reason);

    [LoggerMessage(2109, LogLevel.Warning, "Build node takes no tasks: {Reason}")]
    public static partial void EngineUnavailable(this ILogger logger, string reason);

    [LoggerMessage(2110, LogLevel.Information, "Removed {Containers} containers and {Images} images that a killed node left.")]
    public static partial void ContainersRemoved(this ILogger logger, int containers, int images);

    [LoggerMessage(2111, LogLevel.Warning, "Looking for what a killed node left in the container engine failed; it is done again: {Reason}")]
    public static partial void ContainerSweepFailed(this ILogger logger, string reason);

    [LoggerMessage(2112, LogLevel.Error, "Task {TaskId} attempt {Attempt} cannot be finished by this node.")]
    public static partial void TaskUnfinished(this ILogger logger, int taskId, int attempt, Exception exception);

    [LoggerMessage(2113, LogLevel.Warning, "No control group can be made here: the machine's tools run with a limit of memory for each process, are ended when they are seen to use more together, and may use every processor.")]
    public static partial void WithoutGroups(this ILogger logger);

    [LoggerMessage(2114, LogLevel.Warning, "Sandbox:Cpus does not hold for the machine's tools: control groups made here have no controller of processors.")]
    public static partial void ProcessorsUnlimited(this ILogger logger);

    [LoggerMessage(2115, LogLevel.Error, "Task {TaskId} attempt {Attempt} fails, for this node cannot make sense of it.")]
    public static partial void TaskNotUnderstood(this ILogger logger, int taskId, int attempt, Exception exception);

    [LoggerMessage(2116, LogLevel.Error, "A node stumbled; it asks again.")]
    public static partial void NodeStumbled(this ILogger logger, Exception exception);

    [LoggerMessage(2120, LogLevel.Information, "Task {TaskId} returned to the queue: attempt {Attempt} fell silent.")]
    public static partial void TaskRequeued(this ILogger logger, int taskId, int attempt);

    [LoggerMessage(2121, LogLevel.Warning, "Looking for silent nodes failed; it is done again.")]
    public static partial void SweepFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2122, LogLevel.Warning, "Putting running logs away failed; it is done again.")]
    public static partial void LogArchiveFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2123, LogLevel.Warning, "Adding up the counts of builds failed; it is done again.")]
    public static partial void AddingUpFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2130, LogLevel.Information, "Sign node works for {Master} with {KeyIds}.")]
    public static partial void SignNodeStarted(this ILogger logger, Uri? master, string keyIds);

    [LoggerMessage(2131, LogLevel.Warning, "Sign node disabled: {Missing} not installed.")]
    public static partial void SignNodeDisabled(this ILogger logger, string missing);

    [LoggerMessage(2132, LogLevel.Information, "Sign task {TaskId} attempt {Attempt} started.")]
    public static partial void SignTaskStarted(this ILogger logger, int taskId, int attempt);

    [LoggerMessage(2133, LogLevel.Information, "Sign task {TaskId} attempt {Attempt} reported: {Answer}.")]
    public static partial void SignTaskReported(this ILogger logger, int taskId, int attempt, ReportAnswer answer);

    [LoggerMessage(2134, LogLevel.Warning, "Sign task {TaskId} attempt {Attempt} ended without a report: {Reason}.")]
    public static partial void SignTaskEnded(this ILogger logger, int taskId, int attempt, string reason);

    [LoggerMessage(2135, LogLevel.Information, "Sign task {TaskId} returned to the queue: attempt {Attempt} fell silent.")]
    public static partial void SignTaskRequeued(this ILogger logger, int taskId, int attempt);

    [LoggerMessage(2136, LogLevel.Warning, "Build {BuildId} is not signed: there is no active sign key '{Key}', which AutomaticSigning:Key names.")]
    public static partial void AutomaticKeyUnknown(this ILogger logger, int buildId, string key);

    [LoggerMessage(2137, LogLevel.Information, "Sign task {TaskId} attempt {Attempt} handed back.")]
    public static partial void SignTaskHandedBack(this ILogger logger, int taskId, int attempt);

    [LoggerMessage(2138, LogLevel.Warning, "Sign task {TaskId} attempt {Attempt} could not be handed back and returns by silence: {Reason}")]
    public static partial void SignHandBackFailed(this ILogger logger, int taskId, int attempt, string reason);

    [LoggerMessage(2139, LogLevel.Error, "Sign task {TaskId} attempt {Attempt} cannot be finished by this node.")]
    public static partial void SignTaskUnfinished(this ILogger logger, int taskId, int attempt, Exception exception);

    [LoggerMessage(2140, LogLevel.Error, "Sign task {TaskId} attempt {Attempt} fails, for this node cannot make sense of it.")]
    public static partial void SignTaskNotUnderstood(this ILogger logger, int taskId, int attempt, Exception exception);

    [LoggerMessage(2124, LogLevel.Information, "{Bytes} bytes were freed that nothing referred to.")]
    public static partial void ArtifactsCollected(this ILogger logger, long bytes);

    [LoggerMessage(2125, LogLevel.Warning, "Deleting what nothing refers to failed; it is done again.")]
    public static partial void CollectionFailed(this ILogger logger, Exception exception);
}
