using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Releases.Releasing;

namespace EventSourced.Domain.Tests.Packages.Releases;

public sealed class ReleaseReactionsTests
{
    [Fact]
    public void What_nobody_asked_for_is_committed_where_that_is_safe()
    {
        When(() => ReleaseReactions.When(Planned())).ThenNothing();
        When(() => ReleaseReactions.When(Planned() with { IsAutomatic = true })).Then(new CommitPlannedRelease(Id));
    }

    [Fact]
    public void Targets_are_asked_one_after_the_other()
    {
        Given<Release>(Planned(), Begun()).When(release => ReleaseReactions.When(Begun(), release!))
            .Then(new StageReleasePackages(First, Id, 1, Targets[0].Packages), new Scheduled(new ResumeRelease(Id, 1), Now + Lease));
        Given<Release>(Planned(), Begun(), Staged(First)).When(release => ReleaseReactions.When(Staged(First), release!))
            .Then(new StageReleasePackages(Second, Id, 1, Targets[1].Packages));
        Given<Release>(Planned(), Begun(), Staged(First), Staged(Second)).When(release => ReleaseReactions.When(Staged(Second), release!)).ThenNothing();
    }

    [Fact]
    public void Once_it_is_decided_all_take() =>
        Given<Release>(Decided).When(release => ReleaseReactions.When(new ReleaseDecided(Id, 1), release!))
            .Then(new TakeReleasePackages(First, Id, 1), new TakeReleasePackages(Second, Id, 1));

    [Fact]
    public void Resumed_it_asks_those_that_have_not_published()
    {
        var resumed = new ReleaseResumed(Id, 1, Now + Lease);
        Given<Release>([.. Decided, Published(First), resumed]).When(release => ReleaseReactions.When(resumed, release!))
            .Then(new TakeReleasePackages(Second, Id, 1), new Scheduled(new ResumeRelease(Id, 1), Now + Lease));
    }

    [Fact]
    public void Resumed_while_taken_back_too()
    {
        var resumed = new ReleaseResumed(Id, 2, Now + Lease);
        Given<Release>([.. Completed, new ReleaseRevertBegun(Id, 2, Lease, Now), Published(Second, 2), resumed]).When(release => ReleaseReactions.When(resumed, release!))
            .Then(new WithdrawReleasePackages(First, Id, 2, [Built.InRepository]), new Scheduled(new ResumeRelease(Id, 2), Now + Lease));
    }

    [Fact]
    public void When_it_fails_all_drop_and_the_builds_are_told() =>
        Given<Release>(Planned(), Begun(), Staged(First), Failed("x")).When(release => ReleaseReactions.When(Failed("x"), release!)).Then(
            new DropReleasePackages(First, Id, 1), new DropReleasePackages(Second, Id, 1), new RecordBuildRelease(OneBuild, Id, BuildReleaseOutcome.Failed));

    [Fact]
    public void When_it_fails_before_anybody_was_asked_only_the_builds_are_told() =>
        Given<Release>(Planned(), Begun(), Failed("x"), Failed("y", 2)).When(release => ReleaseReactions.When(Failed("y", 2), release!))
            .Then(new RecordBuildRelease(OneBuild, Id, BuildReleaseOutcome.Failed));

    [Fact]
    public void The_builds_are_told_of_the_end()
    {
        Given<Release>(Completed).When(release => ReleaseReactions.When(new ReleaseCompleted(Id, 1, ""), release!))
            .Then(new RecordBuildRelease(OneBuild, Id, BuildReleaseOutcome.Released));
        Given<Release>(Completed).When(release => ReleaseReactions.When(new ReleaseReverted(Id, 2, ""), release!))
            .Then(new RecordBuildRelease(OneBuild, Id, BuildReleaseOutcome.Reverted));
    }
}
