using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Releases;

public interface IReleaseEvent
{
    ReleaseId ReleaseId { get; }
}

/// <param name="ReleaseId">The release.</param>
/// <param name="OwnerId">The user it belongs to.</param>
/// <param name="PlatformId">What it releases to.</param>
/// <param name="ProductId">The product of the current form; null in the documented form, which needs no signatures.</param>
/// <param name="ReferencePlatformId">What the documented form predicts targets by; null in the current form.</param>
/// <param name="Builds">Whose packages are released.</param>
/// <param name="BuildTasks">Only those of these tasks; null is all.</param>
/// <param name="Plan">What goes where, as clients read and change it.</param>
/// <param name="IsAutomatic">Whether nobody asked for it.</param>
public sealed record ReleasePlanned(
    ReleaseId ReleaseId, int OwnerId, PlatformId PlatformId, int? ProductId, PlatformId? ReferencePlatformId, IReadOnlyList<BuildId> Builds,
    IReadOnlyList<BuildTaskId>? BuildTasks, FreeJson Plan, bool IsAutomatic = false) : IReleaseEvent;

public sealed record ReleasePlanChanged(ReleaseId ReleaseId, IReadOnlyList<BuildId> Builds, IReadOnlyList<BuildTaskId>? BuildTasks, FreeJson Plan) : IReleaseEvent;

/// <summary>The plan is carried out: each target in turn is asked to hold its packages.</summary>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Counts commits and reverts from 1.</param>
/// <param name="Targets">By id, with the packages as the builds have them now.</param>
/// <param name="Warnings">What was left out, and why.</param>
/// <param name="Lease">How long it may take before somebody looks whether it got stuck.</param>
/// <param name="LeaseExpiresAt">When that is.</param>
public sealed record ReleaseCommitBegun(
    ReleaseId ReleaseId, int Attempt, IReadOnlyList<ReleaseTarget> Targets, IReadOnlyList<string> Warnings, TimeSpan Lease, DateTimeOffset LeaseExpiresAt)
    : IReleaseEvent;

/// <summary>A target holds its packages for the release, which may still come to nothing.</summary>
public sealed record ReleaseTargetStaged(ReleaseId ReleaseId, int Attempt, RepositoryId RepositoryId) : IReleaseEvent;

/// <summary>All targets hold their packages: from here on they take them, unless one of them cannot be published.</summary>
public sealed record ReleaseDecided(ReleaseId ReleaseId, int Attempt) : IReleaseEvent;

/// <summary>Clients of a target see the packages; of a release that is taken back, no longer.</summary>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="RepositoryId">The target.</param>
/// <param name="Warnings">Which packages stay there, and why; null when none does.</param>
public sealed record ReleaseTargetPublished(ReleaseId ReleaseId, int Attempt, RepositoryId RepositoryId, IReadOnlyList<string>? Warnings = null) : IReleaseEvent;

/// <summary>The lease ran out behind the point of no return, so what has not answered is asked again.</summary>
public sealed record ReleaseResumed(ReleaseId ReleaseId, int Attempt, DateTimeOffset LeaseExpiresAt) : IReleaseEvent;

/// <summary>A target cannot be published, so every target undoes what the attempt before did to it; then the release has failed.</summary>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">The next one.</param>
/// <param name="Message">What the release will say then.</param>
/// <param name="LeaseExpiresAt">When somebody looks whether it got stuck.</param>
public sealed record ReleaseUndoBegun(ReleaseId ReleaseId, int Attempt, string Message, DateTimeOffset LeaseExpiresAt) : IReleaseEvent;

public sealed record ReleaseCompleted(ReleaseId ReleaseId, int Attempt, string Message) : IReleaseEvent;

/// <summary>Nothing was released; what targets held is dropped.</summary>
public sealed record ReleaseFailed(ReleaseId ReleaseId, int Attempt, string Message) : IReleaseEvent;

/// <summary>Each target takes the release's packages out.</summary>
public sealed record ReleaseRevertBegun(ReleaseId ReleaseId, int Attempt, TimeSpan Lease, DateTimeOffset LeaseExpiresAt) : IReleaseEvent;

public sealed record ReleaseReverted(ReleaseId ReleaseId, int Attempt, string Message) : IReleaseEvent;

public sealed record ReleaseDeleted(ReleaseId ReleaseId) : IReleaseEvent;

/// <summary>A repository, and what the release brings to it.</summary>
public sealed record ReleaseTarget(RepositoryId RepositoryId, IReadOnlyList<ReleasePackage> Packages);

/// <param name="Package">The file.</param>
/// <param name="IsForced">Whether it may take the place of another file of its name.</param>
public sealed record ReleasePackage(RepositoryPackage Package, bool IsForced);
