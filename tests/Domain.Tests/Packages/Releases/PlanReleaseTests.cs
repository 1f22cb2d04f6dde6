using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using static EventSourced.Domain.Tests.Packages.Releases.Releasing;

namespace EventSourced.Domain.Tests.Packages.Releases;

public sealed class PlanReleaseTests
{
    [Fact]
    public void A_release_begins_with_its_plan() =>
        When(() => PlanReleaseHandler.Handle(new(Id, 7, new PlatformId(8), null, new PlatformId(8), [OneBuild], null, Plan)))
            .Then(new NewStream<Release>("release-5", [Planned()]));

    [Fact]
    public void One_that_nobody_asked_for_says_so() =>
        When(() => PlanReleaseHandler.Handle(new(Id, 7, new PlatformId(8), 1, null, [OneBuild], null, Plan, IsAutomatic: true)))
            .Then(new NewStream<Release>("release-5", [Planned(product: 1) with { IsAutomatic = true }]));
}
