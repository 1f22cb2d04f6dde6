using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using static EventSourced.Domain.Tests.Packages.Builds.BuildRequests;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class BuildReactionsTests
{
    private static readonly BuildPlatform Two = Debian with { Arches = ["amd64", "arm64"] };
    private static readonly BuildPlatform Demo = new(new PlatformId(9), "Demo-9", PlatformType.Rpm, ["x86_64"], ["x86_64"], false, false);
    private static readonly TaskSource Source = new(BuildTasks.Tasks.SourcePackage, "4f2a");

    // Tasks: 101 src, 102 amd64, 103 arm64 of Debian; 104 src, 105 x86_64 of Demo; the same again for the second package from 106 on.
    private static BuildRequested Requested => When(() => RequestBuildHandler.Handle(Request(BuildForm.Current, [Two, Demo], Hello(), Hello()))).Started<BuildRequested>()[0];

    [Fact]
    public void A_source_package_goes_to_its_own_platform_and_the_commit_to_all() =>
        After(Ended(101, BuildTaskOutcome.Completed, Source)).Then(
            new HandOverSource(new(102), new(101), Source), new HandOverSource(new(103), new(101), Source),
            new HandOverSource(new(104), new(101), Source with { Package = null }), new HandOverSource(new(105), new(101), Source with { Package = null }));

    [Fact]
    public void A_failure_without_a_source_package_fails_the_others_of_its_platform() =>
        After(Ended(101, BuildTaskOutcome.Failed, new(null, null))).Then(new FailBuildTaskFast(new(102), "src"), new FailBuildTaskFast(new(103), "src"));

    [Fact]
    public void A_failure_with_a_source_package_lets_the_others_try() =>
        After(Ended(104, BuildTaskOutcome.Failed, new(BuildTasks.Tasks.SourcePackage, null)))
            .Then(new HandOverSource(new(105), new(104), new(BuildTasks.Tasks.SourcePackage, null)));

    [Fact]
    public void Those_that_have_ended_are_not_told() =>
        Given<Build>(Requested, Ended(102, BuildTaskOutcome.Cancelled), Ended(103, BuildTaskOutcome.Cancelled), Ended(101, BuildTaskOutcome.Completed, new(null, null)))
            .When(build => BuildReactions.When(Ended(101, BuildTaskOutcome.Completed, new(null, null)), build!)).ThenNothing();

    [Fact]
    public void Other_outcomes_tell_nobody() => After(Ended(102, BuildTaskOutcome.Completed)).ThenNothing();

    [Fact]
    public void A_cancelled_task_tells_nobody() => After(Ended(101, BuildTaskOutcome.Cancelled, new(null, null))).ThenNothing();

    [Fact]
    public void Where_the_first_one_was_excluded_the_next_has_to_deliver_the_source_package()
    {
        var excluded = Ended(101, BuildTaskOutcome.Excluded, new(null, null));
        var delivered = Ended(102, BuildTaskOutcome.Completed, new(BuildTasks.Tasks.SourcePackage, null));
        var failed = Ended(102, BuildTaskOutcome.Failed, new(null, null));

        Given<Build>(Requested, excluded, delivered).When(build => BuildReactions.When(delivered, build!))
            .Then(new HandOverSource(new(103), new(102), new(BuildTasks.Tasks.SourcePackage, null)));
        Given<Build>(Requested, excluded, failed).When(build => BuildReactions.When(failed, build!)).Then(new FailBuildTaskFast(new(103), "amd64"));
    }

    [Fact]
    public void When_the_last_of_a_package_on_a_platform_ends_those_that_completed_share_packages_for_every_arch() =>
        Given<Build>(Requested, Ended(101, BuildTaskOutcome.Completed), Ended(103, BuildTaskOutcome.Completed), Ended(102, BuildTaskOutcome.Completed))
            .When(build => BuildReactions.When(Ended(102, BuildTaskOutcome.Completed), build!))
            .Then(new TakeNoarchPackages(new(102), [new(102), new(103)]), new TakeNoarchPackages(new(103), [new(102), new(103)]));

    [Theory]
    [InlineData(BuildTaskOutcome.Excluded)]
    [InlineData(BuildTaskOutcome.Failed)]
    [InlineData(BuildTaskOutcome.Cancelled)]
    public void One_that_did_not_complete_has_nothing_to_share(BuildTaskOutcome outcome) =>
        Given<Build>(Requested, Ended(101, BuildTaskOutcome.Completed), Ended(103, BuildTaskOutcome.Completed), Ended(102, outcome))
            .When(build => BuildReactions.When(Ended(102, outcome), build!)).ThenNothing();

    [Fact]
    public void Cancelling_asks_every_task_that_has_not_ended() =>
        Given<Build>(Requested, Ended(101, BuildTaskOutcome.Completed))
            .When(build => BuildReactions.When(new BuildCancelRequested(OneBuild), build!))
            .Then([.. Enumerable.Range(102, 9).Select(n => new CancelBuildTask(new(n)))]);

    private static Outcome After(BuildTaskOutcomeRecorded ended) =>
        Given<Build>(Requested, ended).When(build => BuildReactions.When(ended, build!));

    private static BuildTaskOutcomeRecorded Ended(int task, BuildTaskOutcome outcome, TaskSource? source = null) => new(OneBuild, new(task), outcome, source);
}
