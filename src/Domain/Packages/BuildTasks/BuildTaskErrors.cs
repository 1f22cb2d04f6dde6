namespace EventSourced.Domain.Packages.BuildTasks;

public static class BuildTaskErrors
{
    public const string Unknown = "build_task.unknown";

    /// <summary>Claimed by somebody else meanwhile.</summary>
    public const string NotIdle = "build_task.not_idle";

    /// <summary>Reported by a principal that never held the task.</summary>
    public const string NeverHeld = "build_task.never_held";

    /// <summary>Somebody's report was first.</summary>
    public const string AlreadyReported = "build_task.already_reported";

    /// <summary>The report names an attempt that is not the present one.</summary>
    public const string StaleAttempt = "build_task.stale_attempt";
}
