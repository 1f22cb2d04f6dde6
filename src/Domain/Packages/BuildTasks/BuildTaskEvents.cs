using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Domain.Packages.BuildTasks;

public interface IBuildTaskEvent
{
    BuildTaskId BuildTaskId { get; }

    BuildId BuildId { get; }
}

/// <param name="BuildTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Index">Place of its package in the build.</param>
/// <param name="Arch">An arch, or <c>src</c>.</param>
/// <param name="Platform">What it is built for.</param>
/// <param name="Ref">Where the source is.</param>
/// <param name="Repositories">Where its packages go.</param>
/// <param name="WaitsFor">Tasks that have to end first, well or not.</param>
/// <param name="SourceFrom">The one of them that builds the source package; null when this task does so itself.</param>
/// <param name="IsFollowed">Whether others build from the source package that this one builds; null where nobody said.</param>
/// <param name="OwnerId">The user whose build it is; null where nobody said.</param>
public sealed record BuildTaskQueued(
    BuildTaskId BuildTaskId, BuildId BuildId, int Index, string Arch, TaskPlatform Platform, BuildRef Ref, TaskRepositories Repositories,
    IReadOnlyList<BuildTaskId> WaitsFor, BuildTaskId? SourceFrom = null, bool? IsFollowed = null, int? OwnerId = null) : IBuildTaskEvent;

/// <summary>Another task of the package has ended and tells what to build from.</summary>
/// <param name="BuildTaskId">The task that is told.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="From">The task that tells. If it is the one that builds the source package, this task need not wait for it any more.</param>
/// <param name="Source">What to build from.</param>
public sealed record BuildTaskSourceHandedOver(BuildTaskId BuildTaskId, BuildId BuildId, BuildTaskId From, TaskSource Source) : IBuildTaskEvent;

/// <param name="BuildTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Node">Principal key of who works on it.</param>
/// <param name="Attempt">Counts from 1.</param>
/// <param name="LeaseExpiresAt">When it returns to the queue unless the node says something before.</param>
public sealed record BuildTaskAssigned(BuildTaskId BuildTaskId, BuildId BuildId, string Node, int Attempt, DateTimeOffset LeaseExpiresAt) : IBuildTaskEvent;

/// <summary>The node says it is done, or failed with a source package; what it sent has yet to be looked at.</summary>
/// <param name="BuildTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Report">What the node sent.</param>
/// <param name="Outcome">What the node says; only the source package is looked at where that is no success.</param>
/// <param name="Error">What is known to be wrong with the report of a failure; null when nothing is.</param>
public sealed record BuildTaskReported(
    BuildTaskId BuildTaskId, BuildId BuildId, TaskReport Report, BuildTaskOutcome Outcome = BuildTaskOutcome.Completed, string? Error = null) : IBuildTaskEvent;

/// <param name="BuildTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Artifacts">All of them, packages with what they say about themselves.</param>
public sealed record BuildTaskSucceeded(BuildTaskId BuildTaskId, BuildId BuildId, IReadOnlyList<BuildArtifact> Artifacts) : IBuildTaskEvent;

/// <param name="BuildTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Report">What the node sent with its failure, a source package only if it can be believed; null when a report was recorded before and turned out wrong.</param>
/// <param name="Error">Why we failed it, or what is wrong with the report; null when the node failed it and nothing is.</param>
public sealed record BuildTaskFailed(BuildTaskId BuildTaskId, BuildId BuildId, TaskReport? Report, string? Error) : IBuildTaskEvent;

/// <summary>The package is not meant for this arch.</summary>
/// <param name="BuildTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Report">What the node sent, a source package only if it can be believed.</param>
/// <param name="Error">What is wrong with the report; null when nothing is.</param>
public sealed record BuildTaskExcluded(BuildTaskId BuildTaskId, BuildId BuildId, TaskReport Report, string? Error = null) : IBuildTaskEvent;

/// <summary>Files of the task were signed; the signed ones are in their place from now on, also in the repositories.</summary>
/// <param name="BuildTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="SignTaskId">What signed them.</param>
/// <param name="Artifacts">Only the signed ones.</param>
public sealed record BuildArtifactsSigned(BuildTaskId BuildTaskId, BuildId BuildId, SignTaskId SignTaskId, IReadOnlyList<BuildArtifact> Artifacts) : IBuildTaskEvent;

/// <summary>All tasks of the package on the platform have ended: their packages for every arch are one and the same file from now on, also in the repositories.</summary>
/// <param name="BuildTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Artifacts">Only what changed: the file of another task under an id of its own, or under a new one where the task had no such package.</param>
public sealed record NoarchPackagesTaken(BuildTaskId BuildTaskId, BuildId BuildId, IReadOnlyList<BuildArtifact> Artifacts) : IBuildTaskEvent;

/// <summary>The attempt is over without an outcome; any node may have the task now.</summary>
public sealed record BuildTaskRequeued(BuildTaskId BuildTaskId, BuildId BuildId, int Attempt, string Reason) : IBuildTaskEvent;

/// <summary>Its node cannot be told to stop and may still report; nobody else gets the task.</summary>
public sealed record BuildTaskCancelRequested(BuildTaskId BuildTaskId, BuildId BuildId) : IBuildTaskEvent;

/// <summary>It has not begun, its node was told to stop, or gave it up after its end was asked for.</summary>
public sealed record BuildTaskCancelled(BuildTaskId BuildTaskId, BuildId BuildId, string Error) : IBuildTaskEvent;
