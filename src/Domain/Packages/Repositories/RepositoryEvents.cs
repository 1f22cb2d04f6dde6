namespace EventSourced.Domain.Packages.Repositories;

public interface IRepositoryEvent
{
    RepositoryId RepositoryId { get; }
}

/// <param name="RepositoryId">The repository.</param>
/// <param name="Identity">What no other repository has; never changes.</param>
/// <param name="Settings">All settings.</param>
/// <param name="OwnerId">The user who made it.</param>
/// <param name="BuildId">The build it was made for; null for all others.</param>
/// <param name="PlatformId">The platform of that build whose packages it holds; null for logs.</param>
public sealed record RepositoryCreated(
    RepositoryId RepositoryId, RepositoryIdentity Identity, RepositorySettings Settings, int? OwnerId, BuildId? BuildId, PlatformId? PlatformId)
    : IRepositoryEvent;

/// <summary>Only the settings that changed are set.</summary>
public sealed record RepositoryUpdated(RepositoryId RepositoryId, RepositorySettings Changes) : IRepositoryEvent;

/// <summary>The wanted content has a new revision; a package of the same path replaces the one before.</summary>
public sealed record RepositoryPackagesAdded(RepositoryId RepositoryId, int Revision, IReadOnlyList<RepositoryPackage> Packages) : IRepositoryEvent;

/// <summary>The wanted content has a new revision without these paths.</summary>
public sealed record RepositoryPackagesRemoved(RepositoryId RepositoryId, int Revision, IReadOnlyList<string> Paths) : IRepositoryEvent;

/// <summary>The wanted content has a new revision, whose packages are those of an earlier version.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="Revision">The new one.</param>
/// <param name="Version">What it went back to.</param>
/// <param name="Added">What is there again; a package of the same path replaces the one before.</param>
/// <param name="Removed">Paths that the earlier version did not have.</param>
public sealed record RepositoryRolledBack(
    RepositoryId RepositoryId, int Revision, int Version, IReadOnlyList<RepositoryPackage> Added, IReadOnlyList<string> Removed) : IRepositoryEvent;

/// <summary>Clients see revision <paramref name="Version"/> from now on.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="Version">The revision of the content that was published; some revisions never are.</param>
/// <param name="Metadata">The index files made for it, by path.</param>
/// <param name="SignedBy">Fingerprint of the key its index is signed with; null when it is not.</param>
public sealed record RepositoryVersionPublished(RepositoryId RepositoryId, int Version, IReadOnlyList<RepositoryFile> Metadata, string? SignedBy)
    : IRepositoryEvent;

/// <summary>No index can be made of a revision; clients go on to see the version before.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="Revision">It, and those since the last version.</param>
/// <param name="Reason">As people read it.</param>
/// <param name="Releases">Those that this keeps from their end.</param>
public sealed record RepositoryPublicationFailed(RepositoryId RepositoryId, int Revision, string Reason, IReadOnlyList<ReleaseAttempt> Releases) : IRepositoryEvent;

/// <summary>The first event of the stream that owns a repository's identity.</summary>
public sealed record RepositoryNameTaken(RepositoryIdentity Identity, RepositoryId RepositoryId) : IRepositoryEvent;

/// <summary>These packages are held for a release, and against others, until it takes or drops them. What is there already is among them: it may leave meanwhile.</summary>
public sealed record ReleasePackagesStaged(RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt, IReadOnlyList<RepositoryPackage> Packages) : IRepositoryEvent;

/// <summary>Nothing is held for the release: something else has the place of one of its packages.</summary>
public sealed record ReleasePackagesRefused(RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt, string Reason) : IRepositoryEvent;

/// <summary>What was held for the release is wanted content now.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="Revision">Once this one is published, clients see the packages.</param>
/// <param name="Brought">Paths at which it put a file that was not there before; null where that was not recorded, and all of them are meant.</param>
/// <param name="Replaced">The files that were at some of these paths.</param>
public sealed record ReleasePackagesTaken(
    RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt, int Revision, IReadOnlyList<string>? Brought = null, IReadOnlyList<RepositoryPackage>? Replaced = null)
    : IRepositoryEvent;

/// <summary>The release came to nothing: what it had brought is no longer wanted content, and what it had replaced is again.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Its attempt at undoing the one before.</param>
/// <param name="Revision">The new one; the present one where nothing had to be changed.</param>
/// <param name="Restored">What is there again.</param>
/// <param name="Removed">Paths that are gone.</param>
public sealed record ReleasePackagesUndone(
    RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt, int Revision, IReadOnlyList<RepositoryPackage> Restored, IReadOnlyList<string> Removed)
    : IRepositoryEvent;

/// <summary>Nothing is held for this attempt of the release, nor will be.</summary>
public sealed record ReleasePackagesDropped(RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt) : IRepositoryEvent;

/// <summary>The release's packages are no longer wanted content.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="Revision">Once this one is published, clients no longer see the packages.</param>
/// <param name="Warnings">Which of them stay, and why; null when none does.</param>
public sealed record ReleasePackagesWithdrawn(
    RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt, int Revision, IReadOnlyList<string>? Warnings = null) : IRepositoryEvent;

/// <summary>A release has waited long for a revision to be published, so it is asked for again.</summary>
public sealed record ReleasePublicationAwaited(RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt, int Revision) : IRepositoryEvent;

/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Its attempt.</param>
public sealed record ReleaseAttempt(ReleaseId ReleaseId, int Attempt);
