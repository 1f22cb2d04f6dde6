using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Builds;

public interface IBuildEvent
{
    BuildId BuildId { get; }
}

/// <param name="BuildId">The build.</param>
/// <param name="OwnerId">The user it belongs to.</param>
/// <param name="Form">How it was asked for.</param>
/// <param name="Platforms">In the order of the request.</param>
/// <param name="Refs">The packages; a task's index counts them from 0.</param>
/// <param name="Tasks">All tasks, ascending.</param>
/// <param name="Repositories">Made for this build.</param>
/// <param name="LinkedBuilds">Builds whose repositories are offered to its tasks.</param>
/// <param name="MockOptions">Options for all packages.</param>
/// <param name="PlatformFlavors">Overlays asked for.</param>
/// <param name="IsSecureBoot">Whether it is built for secure boot.</param>
/// <param name="ProductId">The product it belongs to; null is the built-in one.</param>
public sealed record BuildRequested(
    BuildId BuildId, int OwnerId, BuildForm Form, IReadOnlyList<BuildPlatform> Platforms, IReadOnlyList<BuildRef> Refs,
    IReadOnlyList<BuildTaskEntry> Tasks, IReadOnlyList<RepositoryId> Repositories, IReadOnlyList<BuildId> LinkedBuilds, FreeJson? MockOptions,
    IReadOnlyList<int> PlatformFlavors, bool IsSecureBoot, int? ProductId) : IBuildEvent;

/// <param name="BuildId">The build.</param>
/// <param name="BuildTaskId">The task that has ended.</param>
/// <param name="Outcome">How.</param>
/// <param name="Source">What it was built from, told by a task that had to build the source package itself for the others of its package; null from all others.</param>
public sealed record BuildTaskOutcomeRecorded(BuildId BuildId, BuildTaskId BuildTaskId, BuildTaskOutcome Outcome, TaskSource? Source = null) : IBuildEvent;

/// <summary>What has not begun yet is not to begin.</summary>
public sealed record BuildCancelRequested(BuildId BuildId) : IBuildEvent;

/// <summary>The last task has ended, well or not.</summary>
public sealed record BuildFinished(BuildId BuildId, int Completed, int Failed, int Excluded, int Cancelled = 0) : IBuildEvent;

/// <summary>The build's packages are in the repositories of a release.</summary>
public sealed record BuildReleased(BuildId BuildId, ReleaseId ReleaseId) : IBuildEvent;

/// <summary>A release wanted the build's packages and came to nothing.</summary>
public sealed record BuildReleaseFailed(BuildId BuildId, ReleaseId ReleaseId) : IBuildEvent;

/// <param name="BuildId">The build.</param>
/// <param name="ReleaseId">The release that has its packages out no longer.</param>
/// <param name="StillOut">The last of the others that have; null when none has.</param>
public sealed record BuildReleaseReverted(BuildId BuildId, ReleaseId ReleaseId, ReleaseId? StillOut = null) : IBuildEvent;

/// <summary>All packages the build has are signed.</summary>
/// <param name="BuildId">The build.</param>
/// <param name="SignTaskId">The sign task that did it.</param>
/// <param name="BuildTasks">Whose packages it signed, also of those whose end the build has yet to hear of. Null before it was recorded.</param>
public sealed record BuildSigned(BuildId BuildId, SignTaskId SignTaskId, IReadOnlyList<BuildTaskId>? BuildTasks = null) : IBuildEvent;

/// <summary>A sign task has ended well, but these tasks completed after it was handed out.</summary>
public sealed record BuildPartlySigned(BuildId BuildId, SignTaskId SignTaskId, IReadOnlyList<BuildTaskId> Unsigned) : IBuildEvent;

/// <summary>A task delivered packages after the build was signed.</summary>
public sealed record BuildSignatureOutdated(BuildId BuildId) : IBuildEvent;
