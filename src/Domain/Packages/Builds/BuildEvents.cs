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

public sealed record BuildTaskOutcomeRecorded(BuildId BuildId, BuildTaskId BuildTaskId, BuildTaskOutcome Outcome) : IBuildEvent;

/// <summary>The last task has ended, well or not.</summary>
public sealed record BuildFinished(BuildId BuildId, int Completed, int Failed, int Excluded) : IBuildEvent;

/// <summary>All packages the build had are signed.</summary>
public sealed record BuildSigned(BuildId BuildId, SignTaskId SignTaskId) : IBuildEvent;

/// <summary>A task delivered packages after the build was signed.</summary>
public sealed record BuildSignatureOutdated(BuildId BuildId) : IBuildEvent;
