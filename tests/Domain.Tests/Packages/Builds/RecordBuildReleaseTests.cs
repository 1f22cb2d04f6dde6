using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using static EventSourced.Domain.Tests.Packages.Builds.BuildRequests;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class RecordBuildReleaseTests
{
    private static readonly ReleaseId First = new(5), Second = new(6);

    [Fact]
    public void A_build_is_released_once()
    {
        Record([], First, BuildReleaseOutcome.Released).Then(new BuildReleased(OneBuild, First));
        Record([new BuildReleased(OneBuild, First)], First, BuildReleaseOutcome.Released).ThenNothing();
        Record([new BuildReleased(OneBuild, First)], Second, BuildReleaseOutcome.Released).Then(new BuildReleased(OneBuild, Second));
        Record([new BuildReleased(OneBuild, First), new BuildReleased(OneBuild, Second)], First, BuildReleaseOutcome.Released).ThenNothing();
    }

    [Fact]
    public void A_failed_release_is_named_once_but_takes_nothing_from_another()
    {
        Record([], First, BuildReleaseOutcome.Failed).Then(new BuildReleaseFailed(OneBuild, First));
        Record([new BuildReleaseFailed(OneBuild, First)], First, BuildReleaseOutcome.Failed).ThenNothing();
        Record([new BuildReleased(OneBuild, First)], Second, BuildReleaseOutcome.Failed).ThenNothing();
    }

    [Fact]
    public void A_release_taken_back_is_forgotten_and_the_last_of_the_others_remains()
    {
        Record([new BuildReleased(OneBuild, First)], First, BuildReleaseOutcome.Reverted).Then(new BuildReleaseReverted(OneBuild, First));
        Record([new BuildReleased(OneBuild, First), new BuildReleaseReverted(OneBuild, First)], First, BuildReleaseOutcome.Reverted).ThenNothing();
        Record([new BuildReleased(OneBuild, First), new BuildReleased(OneBuild, Second)], First, BuildReleaseOutcome.Reverted)
            .Then(new BuildReleaseReverted(OneBuild, First, Second));
        Record([new BuildReleased(OneBuild, First), new BuildReleased(OneBuild, Second)], Second, BuildReleaseOutcome.Reverted)
            .Then(new BuildReleaseReverted(OneBuild, Second, First));
        Record([new BuildReleased(OneBuild, First), new BuildReleased(OneBuild, Second), new BuildReleaseReverted(OneBuild, Second, First)], First, BuildReleaseOutcome.Reverted)
            .Then(new BuildReleaseReverted(OneBuild, First));
        Record([new BuildReleaseFailed(OneBuild, First)], First, BuildReleaseOutcome.Reverted).ThenNothing();
    }

    [Fact]
    public void A_history_that_named_no_others_has_none_out() =>
        Record([new BuildReleased(OneBuild, First), new BuildReleased(OneBuild, Second), new BuildReleaseReverted(OneBuild, Second)], First, BuildReleaseOutcome.Reverted)
            .ThenNothing();

    [Fact]
    public void An_unknown_build_is_refused() =>
        Given<Build>().When(build => RecordBuildReleaseHandler.Handle(new(OneBuild, First, BuildReleaseOutcome.Released), build)).ThenRefused(BuildErrors.Unknown);

    private static Outcome Record(object[] events, ReleaseId release, BuildReleaseOutcome outcome)
    {
        var requested = When(() => RequestBuildHandler.Handle(Request(BuildForm.Documented, [Debian], Hello()))).Started<BuildRequested>()[0];
        return Given<Build>([requested, .. events]).When(build => RecordBuildReleaseHandler.Handle(new(OneBuild, release, outcome), build));
    }
}
