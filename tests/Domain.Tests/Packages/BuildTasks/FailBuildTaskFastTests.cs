using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class FailBuildTaskFastTests
{
    private static readonly BuildTaskFailed FastFailed =
        new(OneTask, OneBuild, Report: null, "Fast failed: the build for src failed without a source package.");

    [Fact]
    public void A_task_that_waits_for_a_source_there_will_never_be_fails() => Given<BuildTask>(QueuedBehindBuilder()).When(Fail).Then(FastFailed);

    [Fact]
    public void A_second_time_nothing_happens() => Given<BuildTask>(QueuedBehindBuilder(), FastFailed).When(Fail).ThenNothing();

    [Fact]
    public void A_task_that_has_begun_is_left_alone() => Given<BuildTask>(Queued(), Assigned(NodeA)).When(Fail).ThenNothing();

    [Fact]
    public void A_task_that_has_its_source_from_another_is_left_alone() =>
        Given<BuildTask>(QueuedBehindBuilder(), HandedOver() with { Source = new(null, null) }, new BuildTaskSourceHandedOver(OneTask, OneBuild, new(102), new(SourcePackage, "4f2a")))
            .When(Fail).ThenNothing();

    [Fact]
    public void What_was_reported_is_looked_at() => Given<BuildTask>(Queued(), Assigned(NodeA), Reported()).When(Fail).ThenNothing();

    [Theory]
    [InlineData(BuildTaskStatus.Completed)]
    [InlineData(BuildTaskStatus.Failed)]
    [InlineData(BuildTaskStatus.Excluded)]
    [InlineData(BuildTaskStatus.Cancelled)]
    public void What_has_ended_stays_as_it_is(BuildTaskStatus end) => Given<BuildTask>(Ended(end)).When(Fail).ThenNothing();

    [Fact]
    public void An_unknown_task_is_refused() => Given<BuildTask>().When(Fail).ThenRefused(BuildTaskErrors.Unknown);

    private static IReadOnlyList<IBuildTaskEvent> Fail(BuildTask? task) => FailBuildTaskFastHandler.Handle(new(OneTask, "src"), task);
}
