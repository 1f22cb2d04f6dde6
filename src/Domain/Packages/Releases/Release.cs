using System.Collections.Immutable;

namespace EventSourced.Domain.Packages.Releases;

public enum ReleaseStatus
{
    Scheduled,
    InProgress,
    Completed,
    Failed,
    Reverted,
    Deleted,
}

/// <summary>What a release in progress waits for.</summary>
public enum ReleasePhase
{
    /// <summary>Targets hold its packages, one after the other; it may still fail.</summary>
    Staging,

    /// <summary>Targets take and publish what they hold.</summary>
    Taking,

    /// <summary>Targets take the packages out and publish that.</summary>
    Withdrawing,

    /// <summary>Targets go back to what they had before they took.</summary>
    Undoing,
}

/// <summary>Packages of builds on their way into repositories of a platform: into all of them, or none.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="ReleaseId">Its id.</param>
/// <param name="ProductId">Null in the documented form, which needs no signatures.</param>
/// <param name="Builds">Whose packages are released.</param>
/// <param name="BuildTasks">Only those of these tasks; null is all.</param>
/// <param name="Plan">What goes where.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Attempt">Counts commits and reverts.</param>
/// <param name="Phase">What it waits for, while in progress.</param>
/// <param name="Targets">Of the last commit, by id.</param>
/// <param name="Pending">Targets that have not answered in this phase.</param>
/// <param name="Warnings">Of the last commit or revert.</param>
/// <param name="Lease">How long it may take before somebody looks whether it got stuck.</param>
/// <param name="LeaseExpiresAt">When that is, while in progress.</param>
public sealed record Release(
    string Id, ReleaseId ReleaseId, int? ProductId, IReadOnlyList<BuildId> Builds, IReadOnlyList<BuildTaskId>? BuildTasks, FreeJson Plan, ReleaseStatus Status,
    int Attempt, ReleasePhase Phase, IReadOnlyList<ReleaseTarget> Targets, ImmutableList<RepositoryId> Pending, IReadOnlyList<string> Warnings,
    TimeSpan Lease, DateTimeOffset? LeaseExpiresAt)
{
    /// <summary>More than a publication is tried for, on a disk that is full, at the lease that we propose.</summary>
    private const int MostLooks = 60;

    /// <summary>How often it was found stuck in this phase.</summary>
    public int Looks { get; private init; }

    /// <summary>What it will say once it has been undone.</summary>
    public string? Failure { get; private init; }

    public static Release Create(ReleasePlanned e) => new(
        e.ReleaseId.StreamKey, e.ReleaseId, e.ProductId, e.Builds, e.BuildTasks, e.Plan, ReleaseStatus.Scheduled, Attempt: 0, ReleasePhase.Staging, [], [], [],
        Lease: default, LeaseExpiresAt: null);

    public Release Apply(ReleasePlanChanged e) => this with { Builds = e.Builds, BuildTasks = e.BuildTasks, Plan = e.Plan };

    public Release Apply(ReleaseCommitBegun e) =>
        (this with { Targets = e.Targets, Warnings = e.Warnings, Lease = e.Lease }).InProgress(e.Attempt, ReleasePhase.Staging, e.LeaseExpiresAt);

    public Release Apply(ReleaseTargetStaged e) => this with { Pending = Pending.Remove(e.RepositoryId) };

    public Release Apply(ReleaseDecided e) => InProgress(e.Attempt, ReleasePhase.Taking, LeaseExpiresAt);

    public Release Apply(ReleaseTargetPublished e) => this with { Pending = Pending.Remove(e.RepositoryId), Warnings = [.. Warnings, .. e.Warnings ?? []] };

    public Release Apply(ReleaseResumed e) => this with { LeaseExpiresAt = e.LeaseExpiresAt, Looks = Looks + 1 };

    public Release Apply(ReleaseUndoBegun e) => (this with { Failure = e.Message }).InProgress(e.Attempt, ReleasePhase.Undoing, e.LeaseExpiresAt);

    public Release Apply(ReleaseCompleted _) => Ended(ReleaseStatus.Completed);

    /// <summary>A commit that did not even begin has no targets.</summary>
    public Release Apply(ReleaseFailed e) => e.Attempt == Attempt
        ? Ended(ReleaseStatus.Failed)
        : Ended(ReleaseStatus.Failed) with { Attempt = e.Attempt, Phase = ReleasePhase.Staging, Targets = [] };

    public Release Apply(ReleaseRevertBegun e) => (this with { Lease = e.Lease, Warnings = [] }).InProgress(e.Attempt, ReleasePhase.Withdrawing, e.LeaseExpiresAt);

    public Release Apply(ReleaseReverted _) => Ended(ReleaseStatus.Reverted);

    public Release Apply(ReleaseDeleted _) => Ended(ReleaseStatus.Deleted);

    /// <summary>Whether somebody has looked often enough.</summary>
    internal bool IsLost => Looks >= MostLooks;

    /// <summary>Whether this attempt is still waiting for targets to hold.</summary>
    internal bool AwaitsStaging(int attempt) => Status is ReleaseStatus.InProgress && Attempt == attempt && Phase is ReleasePhase.Staging;

    /// <summary>Whether this attempt is still waiting for the target to be published.</summary>
    internal bool AwaitsPublication(int attempt, RepositoryId target) =>
        Status is ReleaseStatus.InProgress && Attempt == attempt && Phase is not ReleasePhase.Staging && Pending.Contains(target);

    /// <summary>Its end, or the way to it, when a target cannot be published.</summary>
    internal IReleaseEvent UnpublishedIn(RepositoryId target, string reason, DateTimeOffset now) => (Phase, $"repository {target.Value} cannot be published: {reason}") switch
    {
        (ReleasePhase.Withdrawing, var why) => new ReleaseFailed(ReleaseId, Attempt, ReleaseMessages.CannotRevert(why)),
        (ReleasePhase.Undoing, var why) => new ReleaseFailed(ReleaseId, Attempt, $"{Failure}\nNor was all of it taken back: {why}"),
        (_, var why) => new ReleaseUndoBegun(ReleaseId, Attempt + 1, ReleaseMessages.CannotCommit(why), now + Lease),
    };

    private Release InProgress(int attempt, ReleasePhase phase, DateTimeOffset? lease) => this with
    {
        Status = ReleaseStatus.InProgress,
        Attempt = attempt,
        Phase = phase,
        Pending = [.. Targets.Select(t => t.RepositoryId)],
        LeaseExpiresAt = lease,
        Looks = 0,
    };

    private Release Ended(ReleaseStatus status) => this with { Status = status, Pending = [], LeaseExpiresAt = null };
}
