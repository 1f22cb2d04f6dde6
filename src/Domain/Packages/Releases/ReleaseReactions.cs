using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Releases;

/// <summary>
/// How a release reaches all its repositories or none: they hold its packages one after the other, in the order of their ids, so that of two releases that want
/// the same place one wins; once the last one holds, all take, and if one of them cannot be published, all undo. Each step is a message, so whoever carries it out may die.
/// </summary>
public static class ReleaseReactions
{
    public static IEnumerable<object> When(ReleasePlanned e) => e.IsAutomatic ? [new CommitPlannedRelease(e.ReleaseId)] : [];

    public static IEnumerable<object> When(ReleaseCommitBegun e, Release release) => [StageNext(release), Look(e.ReleaseId, e.Attempt, e.LeaseExpiresAt)];

    public static IEnumerable<object> When(ReleaseTargetStaged _, Release release) => release.Pending.IsEmpty ? [] : [StageNext(release)];

    public static IEnumerable<object> When(ReleaseDecided e, Release release) =>
        [.. release.Targets.Select(t => new TakeReleasePackages(t.RepositoryId, e.ReleaseId, e.Attempt))];

    public static IEnumerable<object> When(ReleaseResumed e, Release release) =>
    [
        .. release.Targets.Where(t => release.Pending.Contains(t.RepositoryId)).Select(t => release.Phase switch
        {
            ReleasePhase.Withdrawing => (object)Withdraw(release, t),
            ReleasePhase.Undoing => new UndoReleasePackages(t.RepositoryId, e.ReleaseId, e.Attempt),
            _ => new TakeReleasePackages(t.RepositoryId, e.ReleaseId, e.Attempt),
        }),
        Look(e.ReleaseId, e.Attempt, e.LeaseExpiresAt),
    ];

    public static IEnumerable<object> When(ReleaseUndoBegun e, Release release) =>
        [.. release.Targets.Select(t => new UndoReleasePackages(t.RepositoryId, e.ReleaseId, e.Attempt)), Look(e.ReleaseId, e.Attempt, e.LeaseExpiresAt)];

    /// <summary>What is being undone or withdrawn goes on to be: a target that drops it would keep the packages.</summary>
    public static IEnumerable<object> When(ReleaseFailed e, Release release) =>
    [
        .. release.Phase is ReleasePhase.Staging ? release.Targets.Select(t => new DropReleasePackages(t.RepositoryId, e.ReleaseId, e.Attempt)) : [],
        .. Tell(release, release.Phase is ReleasePhase.Withdrawing ? BuildReleaseOutcome.Reverted : BuildReleaseOutcome.Failed),
    ];

    public static IEnumerable<object> When(ReleaseCompleted _, Release release) => Tell(release, BuildReleaseOutcome.Released);

    public static IEnumerable<object> When(ReleaseRevertBegun e, Release release) =>
        [.. release.Targets.Select(t => Withdraw(release, t)), Look(e.ReleaseId, e.Attempt, e.LeaseExpiresAt)];

    public static IEnumerable<object> When(ReleaseReverted _, Release release) => Tell(release, BuildReleaseOutcome.Reverted);

    private static StageReleasePackages StageNext(Release release) =>
        new(release.Pending[0], release.ReleaseId, release.Attempt, release.Targets.First(t => t.RepositoryId == release.Pending[0]).Packages);

    private static WithdrawReleasePackages Withdraw(Release release, ReleaseTarget target) =>
        new(target.RepositoryId, release.ReleaseId, release.Attempt, [.. target.Packages.Select(p => p.Package)]);

    private static Scheduled Look(ReleaseId release, int attempt, DateTimeOffset at) => new(new ResumeRelease(release, attempt), at);

    private static IEnumerable<object> Tell(Release release, BuildReleaseOutcome outcome) =>
        [.. release.Builds.Select(build => new RecordBuildRelease(build, release.ReleaseId, outcome))];
}
