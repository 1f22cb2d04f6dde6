using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using static EventSourced.Domain.Tests.Packages.Builds.BuildRequests;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class CancelBuildTests
{
    private static BuildRequested OneTask => When(() => RequestBuildHandler.Handle(Request(BuildForm.Documented, [Debian], Hello()))).Started<BuildRequested>()[0];

    [Fact]
    public void A_running_build_is_asked_to_end() => Given<Build>(OneTask).When(Cancel).Then(new BuildCancelRequested(OneBuild));

    [Fact]
    public void A_finished_one_needs_nothing() =>
        Given<Build>(OneTask, new BuildTaskOutcomeRecorded(OneBuild, new BuildTaskId(101), BuildTaskOutcome.Completed)).When(Cancel).ThenNothing();

    [Fact]
    public void An_unknown_build_is_refused() => Given<Build>().When(Cancel).ThenRefused(BuildErrors.Unknown);

    private static IReadOnlyList<IBuildEvent> Cancel(Build? build) => CancelBuildHandler.Handle(new(OneBuild), build);
}
