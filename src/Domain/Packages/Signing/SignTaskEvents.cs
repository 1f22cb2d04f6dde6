namespace EventSourced.Domain.Packages.Signing;

public interface ISignTaskEvent
{
    SignTaskId SignTaskId { get; }

    BuildId BuildId { get; }
}

/// <param name="SignTaskId">The task.</param>
/// <param name="BuildId">The build whose packages are to be signed.</param>
/// <param name="SignKeyId">The key.</param>
/// <param name="KeyId">Its key id at that time: nodes ask by it.</param>
/// <param name="Fingerprint">Its fingerprint at that time: signatures are compared with it.</param>
public sealed record SignTaskRequested(SignTaskId SignTaskId, BuildId BuildId, SignKeyId SignKeyId, string KeyId, string Fingerprint) : ISignTaskEvent;

/// <param name="SignTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Node">Principal key of who works on it.</param>
/// <param name="Attempt">Counts from 1.</param>
/// <param name="LeaseExpiresAt">When it returns to the queue unless the node says something before.</param>
/// <param name="Packages">What the node is to sign.</param>
/// <param name="BuildTasks">The build's completed tasks at that time: all they have to be signed is among the packages. Null before it was recorded.</param>
public sealed record SignTaskAssigned(
    SignTaskId SignTaskId, BuildId BuildId, string Node, int Attempt, DateTimeOffset LeaseExpiresAt, IReadOnlyList<SignPackage> Packages,
    IReadOnlyList<BuildTaskId>? BuildTasks = null) : ISignTaskEvent;

/// <summary>The node says it is done; its signatures have yet to be verified.</summary>
public sealed record SignTaskReported(SignTaskId SignTaskId, BuildId BuildId, SignReport Report) : ISignTaskEvent;

/// <param name="SignTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Packages">Verified, with their sizes.</param>
public sealed record SignTaskCompleted(SignTaskId SignTaskId, BuildId BuildId, IReadOnlyList<SignedPackage> Packages) : ISignTaskEvent;

/// <param name="SignTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Report">What the node sent; null when nothing was, or it was recorded before.</param>
/// <param name="Error">Why.</param>
public sealed record SignTaskFailed(SignTaskId SignTaskId, BuildId BuildId, SignReport? Report, string Error) : ISignTaskEvent;

/// <summary>The attempt is over without an outcome; any node that has the key may have the task now.</summary>
public sealed record SignTaskRequeued(SignTaskId SignTaskId, BuildId BuildId, int Attempt, string Reason) : ISignTaskEvent;
