using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Releases.Releasing;

namespace EventSourced.Domain.Tests.Packages.Releases;

/// <summary>What targets answer, and what happens when they do not.</summary>
public sealed class ReleaseStepTests
{
    [Fact]
    public void The_first_target_holds() =>
        Given<Release>(Planned(), Begun()).When(release => RecordReleaseStagingHandler.Handle(new(Id, 1, First, null), release)).Then(Staged(First));

    [Fact]
    public void Once_the_last_one_holds_it_is_decided() =>
        Given<Release>(Planned(), Begun(), Staged(First))
            .When(release => RecordReleaseStagingHandler.Handle(new(Id, 1, Second, null), release)).Then(Staged(Second), new ReleaseDecided(Id, 1));

    [Fact]
    public void One_refusal_ends_it() =>
        Given<Release>(Planned(), Begun(), Staged(First))
            .When(release => RecordReleaseStagingHandler.Handle(new(Id, 1, Second, "taken"), release)).Then(Failed("taken"));

    [Fact]
    public void An_answer_that_comes_again_or_too_late_changes_nothing()
    {
        Given<Release>(Planned(), Begun(), Staged(First)).When(release => RecordReleaseStagingHandler.Handle(new(Id, 1, First, null), release)).ThenNothing();
        Given<Release>(Planned(), Begun(), Failed("x")).When(release => RecordReleaseStagingHandler.Handle(new(Id, 1, First, null), release)).ThenNothing();
        Given<Release>(Planned(), Begun(), Failed("x"), Begun(2)).When(release => RecordReleaseStagingHandler.Handle(new(Id, 1, First, null), release)).ThenNothing();
        Given<Release>(Decided).When(release => RecordReleaseStagingHandler.Handle(new(Id, 1, First, "no"), release)).ThenNothing();
    }

    [Fact]
    public void The_last_publication_completes_it()
    {
        Given<Release>(Decided).When(release => RecordReleasePublishedHandler.Handle(new(Id, 1, Second), release)).Then(Published(Second));
        Given<Release>([.. Decided, Published(Second)]).When(release => RecordReleasePublishedHandler.Handle(new(Id, 1, First), release))
            .Then(Published(First), new ReleaseCompleted(Id, 1, "Successfully committed release"));
    }

    [Fact]
    public void Warnings_stand_behind_the_message() =>
        Given<Release>(Planned(), Begun() with { Targets = [Targets[0]], Warnings = ["a", "b"] }, Staged(First), new ReleaseDecided(Id, 1))
            .When(release => RecordReleasePublishedHandler.Handle(new(Id, 1, First), release))
            .Then(Published(First), new ReleaseCompleted(Id, 1, "Successfully committed release\nWARNING:\na\nb"));

    [Fact]
    public void A_publication_told_again_or_too_early_changes_nothing()
    {
        Given<Release>([.. Decided, Published(First)]).When(release => RecordReleasePublishedHandler.Handle(new(Id, 1, First), release)).ThenNothing();
        Given<Release>(Planned(), Begun()).When(release => RecordReleasePublishedHandler.Handle(new(Id, 1, First), release)).ThenNothing();
        Given<Release>(Completed).When(release => RecordReleasePublishedHandler.Handle(new(Id, 1, First), release)).ThenNothing();
    }

    [Fact]
    public void Without_an_answer_in_time_it_fails() =>
        Given<Release>(Planned(), Begun(), Staged(First))
            .When(release => ResumeReleaseHandler.Handle(new(Id, 1), release, Now + Lease)).Then(Failed("repository 12 did not answer in time"));

    [Fact]
    public void Once_it_is_decided_it_goes_on_instead() =>
        Given<Release>(Decided).When(release => ResumeReleaseHandler.Handle(new(Id, 1), release, Now + Lease)).Then(new ReleaseResumed(Id, 1, Now + Lease + Lease));

    [Fact]
    public void A_look_that_comes_too_early_or_too_late_changes_nothing()
    {
        Given<Release>(Decided).When(release => ResumeReleaseHandler.Handle(new(Id, 1), release, Now)).ThenNothing();
        Given<Release>([.. Decided, new ReleaseResumed(Id, 1, Now + Lease + Lease)]).When(release => ResumeReleaseHandler.Handle(new(Id, 1), release, Now + Lease)).ThenNothing();
        Given<Release>(Completed).When(release => ResumeReleaseHandler.Handle(new(Id, 1), release, Now + Lease)).ThenNothing();
        Given<Release>(Planned(), Begun(), Failed("x"), Begun(2)).When(release => ResumeReleaseHandler.Handle(new(Id, 1), release, Now + Lease)).ThenNothing();
        Given<Release>().When(release => ResumeReleaseHandler.Handle(new(Id, 1), release, Now)).ThenNothing();
    }

    [Fact]
    public void What_is_completed_is_taken_back_by_every_target()
    {
        var begun = new ReleaseRevertBegun(Id, 2, Lease, Now + Lease);
        Given<Release>(Completed).When(release => RevertReleaseHandler.Handle(new(Id, Lease), release, Now)).Then(begun);
        Given<Release>([.. Completed, begun]).When(release => ReleaseReactions.When(begun, release!)).Then(
            new WithdrawReleasePackages(First, Id, 2, [Built.InRepository]), new WithdrawReleasePackages(Second, Id, 2, [Built.InRepository]),
            new Scheduled(new ResumeRelease(Id, 2), Now + Lease));
        Given<Release>([.. Completed, begun, Published(First, 2)]).When(release => RecordReleasePublishedHandler.Handle(new(Id, 2, Second), release))
            .Then(Published(Second, 2), new ReleaseReverted(Id, 2, "Successfully reverted release"));
    }

    [Fact]
    public void What_stays_is_said_behind_the_message() =>
        Given<Release>([.. Completed, new ReleaseRevertBegun(Id, 2, Lease, Now + Lease), Published(First, 2) with { Warnings = ["a"] }])
            .When(release => RecordReleasePublishedHandler.Handle(new(Id, 2, Second, ["b"]), release))
            .Then(Published(Second, 2) with { Warnings = ["b"] }, new ReleaseReverted(Id, 2, "Successfully reverted release\nWARNING:\na\nb"));

    [Fact]
    public void Only_what_is_completed_is_taken_back()
    {
        Given<Release>(Planned()).When(release => RevertReleaseHandler.Handle(new(Id, Lease), release, Now)).ThenRefused(ReleaseErrors.NotCompleted);
        Given<Release>([.. Completed, new ReleaseRevertBegun(Id, 2, Lease, Now)])
            .When(release => RevertReleaseHandler.Handle(new(Id, Lease), release, Now)).ThenRefused(ReleaseErrors.NotCompleted);
        Given<Release>().When(release => RevertReleaseHandler.Handle(new(Id, Lease), release, Now)).ThenRefused(ReleaseErrors.Unknown);
    }

    [Fact]
    public void Only_what_never_ran_is_deleted()
    {
        Given<Release>(Planned()).When(release => DeleteReleaseHandler.Handle(new(Id), release)).Then(new ReleaseDeleted(Id));
        Given<Release>(Planned(), new ReleaseDeleted(Id)).When(release => DeleteReleaseHandler.Handle(new(Id), release)).ThenRefused(ReleaseErrors.Unknown);
        Given<Release>(Planned(), Failed("x")).When(release => DeleteReleaseHandler.Handle(new(Id), release)).ThenRefused(ReleaseErrors.NotScheduled);
        Given<Release>().When(release => DeleteReleaseHandler.Handle(new(Id), release)).ThenRefused(ReleaseErrors.Unknown);
    }

    [Fact]
    public void An_unknown_release_is_told_nothing()
    {
        Given<Release>().When(release => RecordReleaseStagingHandler.Handle(new(Id, 1, First, null), release)).ThenRefused(ReleaseErrors.Unknown);
        Given<Release>().When(release => RecordReleasePublishedHandler.Handle(new(Id, 1, First), release)).ThenRefused(ReleaseErrors.Unknown);
    }
}
