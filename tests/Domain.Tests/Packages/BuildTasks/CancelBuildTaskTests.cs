using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class CancelBuildTaskTests
{
    [Fact]
    public void A_waiting_task_ends() => Given<BuildTask>(Queued()).When(Cancel).Then(Cancelled());

    [Fact]
    public void A_registered_node_loses_its_task() => Given<BuildTask>(Queued(), Assigned(NodeA)).When(Cancel).Then(Cancelled());

    [Fact]
    public void A_node_that_cannot_be_told_goes_on_with_what_nobody_else_gets() =>
        Given<BuildTask>(Queued(), Assigned(Stranger)).When(Cancel).Then(CancelRequested());

    [Fact]
    public void Asked_for_a_second_time_nothing_happens() => Given<BuildTask>(Queued(), Assigned(Stranger), CancelRequested()).When(Cancel).ThenNothing();

    [Fact]
    public void What_that_node_reports_still_counts() =>
        Given<BuildTask>(Queued(), Assigned(Stranger), CancelRequested())
            .When(task => FinishBuildTaskHandler.Handle(Finish(Stranger), task))
            .Then(new BuildTaskReported(OneTask, OneBuild, Report(Stranger)));

    [Fact]
    public void What_was_reported_is_looked_at() => Given<BuildTask>(Queued(), Assigned(NodeA), Reported()).When(Cancel).ThenNothing();

    [Fact]
    public void A_second_time_nothing_happens() => Given<BuildTask>(Queued(), Cancelled()).When(Cancel).ThenNothing();

    [Theory]
    [InlineData(BuildTaskStatus.Completed)]
    [InlineData(BuildTaskStatus.Failed)]
    [InlineData(BuildTaskStatus.Excluded)]
    [InlineData(BuildTaskStatus.Cancelled)]
    public void What_has_ended_stays_as_it_is(BuildTaskStatus end) => Given<BuildTask>(Ended(end)).When(Cancel).ThenNothing();

    [Fact]
    public void A_report_after_that_is_too_late() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Cancelled()).When(task => FinishBuildTaskHandler.Handle(Finish(NodeA), task)).ThenRefused(BuildTaskErrors.AlreadyReported);

    [Fact]
    public void An_unknown_task_is_refused() => Given<BuildTask>().When(Cancel).ThenRefused(BuildTaskErrors.Unknown);

    private static IReadOnlyList<IBuildTaskEvent> Cancel(BuildTask? task) => CancelBuildTaskHandler.Handle(new(OneTask), task);
}
