using EventSourced.Domain.Packages.Builds;
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
    public void A_source_package_that_was_handed_over_stays_the_one() =>
        Given<BuildTask>(QueuedBehindBuilder(), HandedOver(), Assigned(NodeA), Reported())
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [SourcePackage with { Id = 999, Href = "/a/9/" }, Rpm, Log], Error: null), task))
            .Then(new BuildTaskSucceeded(OneTask, OneBuild, [SourcePackage, Rpm, Log]));

    [Fact]
    public void One_that_is_handed_over_while_the_report_is_looked_at_takes_the_place_of_its_own()
    {
        var own = SourcePackage with { Id = 999, Href = "/a/9/" };
        object[] late = [QueuedBehindBuilder(), Assigned(NodeA), new BuildTaskReported(OneTask, OneBuild, Report(NodeA, 1, own, Rpm, Log)), HandedOver()];
        object[] failed = [QueuedBehindBuilder(), Assigned(NodeA), ReportedSource(BuildTaskOutcome.Failed), HandedOver()];
        var rest = new BuildTaskFailed(OneTask, OneBuild, Report(NodeA, 1, Rpm, Log), Error: null);

        Given<BuildTask>(late).When(task => RecordBuildReportHandler.Handle(new(OneTask, [own, Rpm, Log], Error: null), task))
            .Then(new BuildTaskSucceeded(OneTask, OneBuild, [SourcePackage, Rpm, Log]));
        Given<BuildTask>(failed).When(task => RecordBuildReportHandler.Handle(new(OneTask, [SourcePackage], Error: null), task)).Then(rest);
        Given<BuildTask>(failed).When(task => RecordBuildReportHandler.Handle(new(OneTask, [], "no package"), task)).Then(rest);
    }

    [Fact]
    public void A_task_of_sources_keeps_the_source_package_and_logs() =>
        Given<BuildTask>(Queued() with { Arch = "src" }, Assigned(NodeA), Reported())
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [SourcePackage, Rpm, Log], Error: null), task))
            .Then(new BuildTaskSucceeded(OneTask, OneBuild, [SourcePackage, Log]));

    [Fact]
    public void The_parts_of_a_debian_source_package_go_with_it_and_what_only_tells_about_the_build_stays()
    {
        BuildArtifact Deb(string name) => Package with { Name = name };
        BuildArtifact[] sent = [Deb("hello_1.0-1.dsc"), Deb("hello_1.0.orig.tar.gz"), Package, Deb("hello_1.0-1_amd64.changes")];

        Given<BuildTask>(QueuedBehindBuilder(), HandedOver(), Assigned(NodeA), Reported())
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, sent, Error: null), task))
            .Then(new BuildTaskSucceeded(OneTask, OneBuild, [SourcePackage, .. sent[2..]]));
        Given<BuildTask>(Queued() with { Arch = "src" }, Assigned(NodeA), Reported())
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, sent, Error: null), task))
            .Then(new BuildTaskSucceeded(OneTask, OneBuild, [sent[0], sent[1], sent[3]]));
    }

    [Fact]
    public void A_failure_with_a_source_package_that_can_be_believed_stays_one()
    {
        var source = SourcePackage with { SizeBytes = 100 };
        var report = Report(NodeA, 1, source, Rpm, Log);

        Given<BuildTask>(Queued(), Assigned(NodeA), ReportedSource(BuildTaskOutcome.Failed))
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [source], Error: null), task))
            .Then(new BuildTaskFailed(OneTask, OneBuild, report, Error: null));
        Given<BuildTask>(Queued(), Assigned(NodeA), ReportedSource(BuildTaskOutcome.Excluded, "a.log differs"))
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [source], Error: null), task))
            .Then(new BuildTaskExcluded(OneTask, OneBuild, report, "a.log differs"));
    }

    [Fact]
    public void A_source_package_of_a_failure_that_cannot_be_believed_counts_as_none()
    {
        var report = Report(NodeA, 1, Rpm, Log);

        Given<BuildTask>(Queued(), Assigned(NodeA), ReportedSource(BuildTaskOutcome.Failed, "a.log differs"))
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [SourcePackage], "truncated"), task))
            .Then(new BuildTaskFailed(OneTask, OneBuild, report, "a.log differs\ntruncated"));
        Given<BuildTask>(Queued(), Assigned(NodeA), ReportedSource(BuildTaskOutcome.Excluded))
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [SourcePackage], "truncated"), task))
            .Then(new BuildTaskExcluded(OneTask, OneBuild, report, "truncated"));
    }

    [Fact]
    public void A_second_result_changes_nothing() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Reported(), Succeeded())
            .When(task => RecordBuildReportHandler.Handle(new(OneTask, [Package], "late"), task))
            .ThenNothing();

    [Fact]
    public void An_unknown_task_is_refused() =>
        Given<BuildTask>().When(task => RecordBuildReportHandler.Handle(new(OneTask, [], null), task)).ThenRefused(BuildTaskErrors.Unknown);
}
