using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class FinishBuildTaskTests
{
    [Fact]
    public void A_finished_build_is_recorded_and_has_yet_to_be_looked_at() =>
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA), task))
            .Then(new BuildTaskReported(OneTask, OneBuild, Report(NodeA)));

    [Fact]
    public void A_failure_counts_at_once() =>
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, BuildTaskOutcome.Failed), task))
            .Then(new BuildTaskFailed(OneTask, OneBuild, Report(NodeA), Error: null));

    [Fact]
    public void An_exclusion_counts_at_once() =>
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, BuildTaskOutcome.Excluded), task))
            .Then(new BuildTaskExcluded(OneTask, OneBuild, Report(NodeA)));

    [Fact]
    public void What_is_wrong_with_the_report_of_a_failure_is_recorded_with_it()
    {
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, BuildTaskOutcome.Failed) with { Error = "a.log differs" }, task))
            .Then(new BuildTaskFailed(OneTask, OneBuild, Report(NodeA), "a.log differs"));
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, BuildTaskOutcome.Excluded) with { Error = "a.log differs" }, task))
            .Then(new BuildTaskExcluded(OneTask, OneBuild, Report(NodeA), "a.log differs"));
    }

    [Theory]
    [InlineData(BuildTaskOutcome.Failed)]
    [InlineData(BuildTaskOutcome.Excluded)]
    public void A_failure_with_a_source_package_has_yet_to_be_looked_at(BuildTaskOutcome outcome) =>
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, outcome) with { Artifacts = [SourcePackage, Rpm, Log], Error = "a.log differs" }, task))
            .Then(ReportedSource(outcome, "a.log differs"));

    [Fact]
    public void A_failures_copy_of_the_source_package_that_was_handed_over_is_dropped()
    {
        Given<BuildTask>(QueuedBehindBuilder(), HandedOver(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, BuildTaskOutcome.Failed) with { Artifacts = [SourcePackage, Log] }, task))
            .Then(new BuildTaskFailed(OneTask, OneBuild, Report(NodeA, 1, Log), Error: null));
        Given<BuildTask>(QueuedBehindBuilder(), HandedOver(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, BuildTaskOutcome.Excluded) with { Artifacts = [SourcePackage, Log] }, task))
            .Then(new BuildTaskExcluded(OneTask, OneBuild, Report(NodeA, 1, Log)));
    }

    [Fact]
    public void The_parts_of_a_source_package_are_none() =>
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, BuildTaskOutcome.Failed) with { Artifacts = [Package with { Name = "hello_1.0.orig.tar.gz" }, Log] }, task))
            .Then(new BuildTaskFailed(OneTask, OneBuild, Report(NodeA, 1, Log), Error: null));

    [Fact]
    public void A_node_that_lost_the_task_may_still_report_while_it_waits() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued())
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA), task))
            .Then(new BuildTaskReported(OneTask, OneBuild, Report(NodeA)));

    [Fact]
    public void A_node_that_lost_the_task_may_still_report_while_another_works_on_it() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued(), Assigned(NodeB, attempt: 2))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA), task))
            .Then(new BuildTaskReported(OneTask, OneBuild, Report(NodeA, attempt: 2)));

    [Fact]
    public void The_present_attempt_may_be_named() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued(), Assigned(NodeA, attempt: 2))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, attempt: 2), task))
            .Then(new BuildTaskReported(OneTask, OneBuild, Report(NodeA, attempt: 2)));

    [Fact]
    public void A_stale_attempt_is_refused() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued(), Assigned(NodeB, attempt: 2))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, attempt: 1), task))
            .ThenRefused(BuildTaskErrors.StaleAttempt);

    [Fact]
    public void A_second_report_is_refused_even_the_same_one() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Reported())
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA), task))
            .ThenRefused(BuildTaskErrors.AlreadyReported);

    [Theory]
    [InlineData(BuildTaskStatus.Completed)]
    [InlineData(BuildTaskStatus.Failed)]
    [InlineData(BuildTaskStatus.Excluded)]
    [InlineData(BuildTaskStatus.Cancelled)]
    public void A_report_after_the_end_is_refused_whatever_it_says(BuildTaskStatus end) =>
        Assert.All(Enum.GetValues<BuildTaskOutcome>(), outcome => Given<BuildTask>(Ended(end))
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA, outcome), task)).ThenRefused(BuildTaskErrors.AlreadyReported));

    [Fact]
    public void Whoever_comes_second_is_refused() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued(), Assigned(NodeB, attempt: 2), Reported(NodeA, attempt: 2), Succeeded())
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeB), task))
            .ThenRefused(BuildTaskErrors.AlreadyReported);

    [Fact]
    public void A_principal_that_never_held_the_task_is_refused() =>
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => FinishBuildTaskHandler.Handle(Finish(Stranger), task))
            .ThenRefused(BuildTaskErrors.NeverHeld);

    [Theory]
    [InlineData(BuildTaskStatus.Completed)]
    [InlineData(BuildTaskStatus.Failed)]
    [InlineData(BuildTaskStatus.Excluded)]
    [InlineData(BuildTaskStatus.Cancelled)]
    public void After_the_end_a_stranger_is_told_what_all_are_told(BuildTaskStatus end) =>
        Given<BuildTask>(Ended(end)).When(task => FinishBuildTaskHandler.Handle(Finish(Stranger), task)).ThenRefused(BuildTaskErrors.AlreadyReported);

    [Fact]
    public void A_task_that_was_cancelled_before_anybody_had_it_is_one_that_has_ended() =>
        Given<BuildTask>(Queued(), Cancelled())
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA), task))
            .ThenRefused(BuildTaskErrors.AlreadyReported);

    [Fact]
    public void A_task_nobody_has_had_yet_is_refused() =>
        Given<BuildTask>(Queued())
            .When(task => FinishBuildTaskHandler.Handle(Finish(NodeA), task))
            .ThenRefused(BuildTaskErrors.NeverHeld);

    [Fact]
    public void An_unknown_task_is_refused() =>
        Given<BuildTask>().When(task => FinishBuildTaskHandler.Handle(Finish(NodeA), task)).ThenRefused(BuildTaskErrors.Unknown);
}
