using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class RecordBuildReportTests
{
    private static readonly BuildArtifact Looked = Package with { SizeBytes = 2048, Meta = new("hello", "0", "1.0", "1", "amd64", "aa11", Source: "hello") };

    [Fact]
    public void A_report_that_can_be_believed_is_a_success() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Reported())
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [Looked, Log], Error: null), task))
            .Then(new BuildTaskSucceeded(OneTask, OneBuild, [Looked, Log]));

    [Fact]
    public void A_report_that_cannot_is_a_failure_with_the_reason() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Reported())
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [Package], "hello_1.0-1_amd64.deb has another digest."), task))
            .Then(new BuildTaskFailed(OneTask, OneBuild, Report: null, "hello_1.0-1_amd64.deb has another digest."));

    [Fact]
    public void A_second_result_changes_nothing() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Reported(), Succeeded())
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [Package], "late"), task))
            .ThenNothing();

    [Fact]
    public void An_unknown_task_is_refused() =>
        Given<BuildTask>().When(task => RecordBuildReportHandler.Handle(new(OneTask, [], null), task)).ThenRefused(BuildTaskErrors.Unknown);
}
