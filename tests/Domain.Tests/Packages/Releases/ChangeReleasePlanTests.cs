using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using static EventSourced.Domain.Tests.Packages.Releases.Releasing;

namespace EventSourced.Domain.Tests.Packages.Releases;

public sealed class ChangeReleasePlanTests
{
    private static readonly ChangeReleasePlan Change = new(Id, [OneBuild, new BuildId(41)], [new BuildTaskId(101)], FreeJson.Parse("{}"));

    private static readonly ReleasePlanChanged Changed = new(Id, Change.Builds, Change.BuildTasks, Change.Plan);

    [Fact]
    public void A_plan_is_replaced() => Given<Release>(Planned()).When(release => ChangeReleasePlanHandler.Handle(Change, release)).Then(Changed);

    [Fact]
    public void The_plan_of_a_failed_release_too() =>
        Given<Release>(Planned(), Failed("no")).When(release => ChangeReleasePlanHandler.Handle(Change, release)).Then(Changed);

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<Release>(Planned(), Changed).When(release => ChangeReleasePlanHandler.Handle(Change, release)).ThenNothing();

    [Fact]
    public void While_it_is_carried_out_it_is_refused() =>
        Given<Release>(Planned(), Begun()).When(release => ChangeReleasePlanHandler.Handle(Change, release)).ThenRefused(ReleaseErrors.NotOpen);

    [Fact]
    public void After_it_was_carried_out_it_is_refused() =>
        Given<Release>(Completed).When(release => ChangeReleasePlanHandler.Handle(Change, release)).ThenRefused(ReleaseErrors.NotOpen);

    [Fact]
    public void After_it_was_taken_back_it_is_refused() =>
        Given<Release>([.. Completed, new ReleaseRevertBegun(Id, 2, Lease, Now), new ReleaseReverted(Id, 2, "")])
            .When(release => ChangeReleasePlanHandler.Handle(Change, release)).ThenRefused(ReleaseErrors.NotOpen);

    [Fact]
    public void An_unknown_or_deleted_release_is_refused()
    {
        Given<Release>().When(release => ChangeReleasePlanHandler.Handle(Change, release)).ThenRefused(ReleaseErrors.Unknown);
        Given<Release>(Planned(), new ReleaseDeleted(Id)).When(release => ChangeReleasePlanHandler.Handle(Change, release)).ThenRefused(ReleaseErrors.Unknown);
    }
}
