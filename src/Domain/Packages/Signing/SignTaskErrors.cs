namespace EventSourced.Domain.Packages.Signing;

public static class SignTaskErrors
{
    public const string Unknown = "sign_task.unknown";

    /// <summary>The build is signed.</summary>
    public const string AlreadySigned = "sign_task.already_signed";

    /// <summary>The build has no source or no binary packages.</summary>
    public const string NothingToSign = "sign_task.nothing_to_sign";

    /// <summary>Claimed by somebody else meanwhile.</summary>
    public const string NotIdle = "sign_task.not_idle";

    /// <summary>Reported by a principal that never held the task.</summary>
    public const string NeverHeld = "sign_task.never_held";

    /// <summary>The report names an attempt that is not the present one.</summary>
    public const string StaleAttempt = "sign_task.stale_attempt";
}
