using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using static EventSourced.Domain.Tests.Packages.Builds.BuildRequests;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class RecordTaskOutcomeTests
{
    private static readonly BuildTaskId First = new(101), Second = new(102), Third = new(103);

    [Fact]
    public void An_outcome_is_recorded() =>
        Given<Build>(ThreeTasks())
            .When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, Second, BuildTaskOutcome.Failed), build))
            .Then(Ended(Second, BuildTaskOutcome.Failed));

    [Fact]
    public void The_last_outcome_finishes_the_build() =>
        Given<Build>(ThreeTasks(), Ended(First, BuildTaskOutcome.Completed), Ended(Third, BuildTaskOutcome.Excluded))
            .When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, Second, BuildTaskOutcome.Failed), build))
            .Then(Ended(Second, BuildTaskOutcome.Failed), new BuildFinished(OneBuild, Completed: 1, Failed: 1, Excluded: 1));

    [Fact]
    public void What_a_task_was_built_from_is_recorded_with_its_outcome() =>
        Given<Build>(ThreeTasks())
            .When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, First, BuildTaskOutcome.Completed, new(null, "4f2a")), build))
            .Then(Ended(First, BuildTaskOutcome.Completed) with { Source = new(null, "4f2a") });

    [Fact]
    public void Cancelled_tasks_finish_the_build_too() =>
        Given<Build>(ThreeTasks(), Ended(First, BuildTaskOutcome.Completed), Ended(Third, BuildTaskOutcome.Cancelled))
            .When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, Second, BuildTaskOutcome.Cancelled), build))
            .Then(Ended(Second, BuildTaskOutcome.Cancelled), new BuildFinished(OneBuild, Completed: 1, Failed: 0, Excluded: 0, Cancelled: 2));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<Build>(ThreeTasks(), Ended(First, BuildTaskOutcome.Completed))
            .When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, First, BuildTaskOutcome.Completed), build))
            .ThenNothing();

    [Fact]
    public void A_task_of_another_build_is_refused() =>
        Given<Build>(ThreeTasks())
            .When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, new BuildTaskId(999), BuildTaskOutcome.Completed), build))
            .ThenRefused(BuildErrors.TaskUnknown);

    [Fact]
    public void An_unknown_build_is_refused() =>
        Given<Build>().When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, First, BuildTaskOutcome.Completed), build)).ThenRefused(BuildErrors.Unknown);

    private static BuildRequested ThreeTasks() =>
        When(() => RequestBuildHandler.Handle(Request(BuildForm.Documented, [Debian], Hello(), Hello(), Hello()))).Started<BuildRequested>()[0];

    private static BuildTaskOutcomeRecorded Ended(BuildTaskId task, BuildTaskOutcome outcome) => new(OneBuild, task, outcome);
}
