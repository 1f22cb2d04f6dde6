using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Releases.Releasing;

namespace EventSourced.Domain.Tests.Packages.Releases;

/// <summary>A release one of whose targets cannot be published ends as a whole, and it does end.</summary>
public sealed class RecordReleaseUnpublishedTests
{
    private const string Why = "Cannot commit release: repository 12 cannot be published: no space";

    private static ReleaseUndoBegun UndoBegun => new(Id, 2, Why, Now + Lease);

    private static object[] Undoing => [.. Decided, Published(First), UndoBegun];

    [Fact]
    public void Every_target_goes_back()
    {
        Given<Release>([.. Decided, Published(First)]).When(release => RecordReleaseUnpublishedHandler.Handle(Unpublished(1), release, Now)).Then(UndoBegun);
        Given<Release>(Undoing).When(release => ReleaseReactions.When(UndoBegun, release!)).Then(
            new UndoReleasePackages(First, Id, 2), new UndoReleasePackages(Second, Id, 2), new Scheduled(new ResumeRelease(Id, 2), Now + Lease));
    }

    [Fact]
    public void When_the_last_one_has_it_has_failed_and_may_be_tried_again()
    {
        Given<Release>(Undoing).When(release => RecordReleasePublishedHandler.Handle(new(Id, 2, Second), release)).Then(Published(Second, 2));
        Given<Release>([.. Undoing, Published(Second, 2)]).When(release => RecordReleasePublishedHandler.Handle(new(Id, 2, First), release))
            .Then(Published(First, 2), new ReleaseFailed(Id, 2, Why));
        Given<Release>([.. Undoing, new ReleaseFailed(Id, 2, Why)]).When(release => ReleaseReactions.When(new ReleaseFailed(Id, 2, Why), release!))
            .Then(new RecordBuildRelease(OneBuild, Id, BuildReleaseOutcome.Failed));
        Given<Release>([.. Undoing, new ReleaseFailed(Id, 2, Why)]).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).Then(Begun(attempt: 3));
    }

    [Fact]
    public void Where_going_back_cannot_be_published_either_it_says_so() =>
        Given<Release>(Undoing).When(release => RecordReleaseUnpublishedHandler.Handle(Unpublished(2), release, Now))
            .Then(new ReleaseFailed(Id, 2, $"{Why}\nNor was all of it taken back: repository 12 cannot be published: no space"));

    [Fact]
    public void What_cannot_be_taken_back_has_failed_and_its_builds_are_not_released_any_more()
    {
        var failed = new ReleaseFailed(Id, 2, "Cannot revert release: repository 12 cannot be published: no space");
        object[] reverting = [.. Completed, new ReleaseRevertBegun(Id, 2, Lease, Now + Lease)];

        Given<Release>(reverting).When(release => RecordReleaseUnpublishedHandler.Handle(Unpublished(2), release, Now)).Then(failed);
        Given<Release>([.. reverting, failed]).When(release => ReleaseReactions.When(failed, release!)).Then(new RecordBuildRelease(OneBuild, Id, BuildReleaseOutcome.Reverted));
        Given<Release>([.. reverting, failed, Failed("x", 3)]).When(release => ReleaseReactions.When(Failed("x", 3), release!))
            .Then(new RecordBuildRelease(OneBuild, Id, BuildReleaseOutcome.Failed));
    }

    [Fact]
    public void Told_again_or_too_late_nothing_changes()
    {
        Given<Release>(Undoing).When(release => RecordReleaseUnpublishedHandler.Handle(Unpublished(1), release, Now)).ThenNothing();
        Given<Release>([.. Decided, Published(Second)]).When(release => RecordReleaseUnpublishedHandler.Handle(Unpublished(1), release, Now)).ThenNothing();
        Given<Release>(Completed).When(release => RecordReleaseUnpublishedHandler.Handle(Unpublished(1), release, Now)).ThenNothing();
        Given<Release>(Planned(), Begun()).When(release => RecordReleaseUnpublishedHandler.Handle(Unpublished(1), release, Now)).ThenNothing();
    }

    [Fact]
    public void An_unknown_release_is_refused() =>
        Given<Release>().When(release => RecordReleaseUnpublishedHandler.Handle(Unpublished(1), release, Now)).ThenRefused(ReleaseErrors.Unknown);

    [Fact]
    public void Resumed_it_asks_those_that_have_not_gone_back()
    {
        var resumed = new ReleaseResumed(Id, 2, Now + Lease);
        Given<Release>([.. Undoing, Published(First, 2), resumed]).When(release => ReleaseReactions.When(resumed, release!))
            .Then(new UndoReleasePackages(Second, Id, 2), new Scheduled(new ResumeRelease(Id, 2), Now + Lease));
    }

    [Fact]
    public void Nobody_looks_without_end()
    {
        object[] lost = [.. Decided, .. Enumerable.Repeat(new ReleaseResumed(Id, 1, Now), 60)];
        const string Silent = "Cannot commit release: repository 11 cannot be published: it did not answer in time";

        Given<Release>(lost[..^1]).When(release => ResumeReleaseHandler.Handle(new(Id, 1), release, Now)).Then(new ReleaseResumed(Id, 1, Now + Lease));
        Given<Release>(lost).When(release => ResumeReleaseHandler.Handle(new(Id, 1), release, Now)).Then(new ReleaseUndoBegun(Id, 2, Silent, Now + Lease));
        Given<Release>([.. lost, new ReleaseUndoBegun(Id, 2, Silent, Now)]).When(release => ResumeReleaseHandler.Handle(new(Id, 2), release, Now))
            .Then(new ReleaseResumed(Id, 2, Now + Lease));
    }

    private static RecordReleaseUnpublished Unpublished(int attempt) => new(Id, attempt, Second, "no space");
}
