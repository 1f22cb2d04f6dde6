using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Builds.BuildRequests;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class RecordBuildSignedTests
{
    private static readonly SignTaskId OneSignTask = new(7);
    private static readonly BuildTaskId First = new(101), Second = new(102);
    private static readonly BuildSigned Signed = new(OneBuild, OneSignTask, [First]);
    private static readonly BuildPartlySigned PartlySigned = new(OneBuild, OneSignTask, [Second]);

    [Fact]
    public void A_build_is_signed_when_all_its_completed_tasks_are() =>
        Given<Build>(TwoTasks(), Ended(First), Ended(Second, BuildTaskOutcome.Failed)).When(Record(OneSignTask, First)).Then(Signed);

    [Fact]
    public void Tasks_whose_end_it_has_yet_to_hear_of_are_signed_as_well() =>
        Given<Build>(TwoTasks()).When(Record(OneSignTask, First)).Then(Signed);

    [Fact]
    public void A_task_that_completed_after_the_hand_out_is_left_to_sign() =>
        Given<Build>(TwoTasks(), Ended(First), Ended(Second)).When(Record(OneSignTask, First)).Then(PartlySigned);

    [Fact]
    public void The_next_sign_task_signs_the_rest() =>
        Given<Build>(TwoTasks(), Ended(First), Ended(Second), PartlySigned).When(Record(new(8), First, Second)).Then(new BuildSigned(OneBuild, new(8), [First, Second]));

    [Fact]
    public void A_second_time_nothing_happens()
    {
        Given<Build>(TwoTasks(), Ended(First), Signed).When(Record(OneSignTask, First)).ThenNothing();
        Given<Build>(TwoTasks(), Ended(First), Ended(Second), PartlySigned).When(Record(OneSignTask, First)).ThenNothing();
        Given<Build>(TwoTasks(), Ended(First), Signed, Ended(Second), new BuildSignatureOutdated(OneBuild)).When(Record(OneSignTask, First)).ThenNothing();
    }

    [Fact]
    public void A_sign_task_that_ends_after_another_changes_nothing() => Given<Build>(TwoTasks(), Ended(First), Signed).When(Record(new(6), First)).ThenNothing();

    [Fact]
    public void An_unknown_build_is_refused() => Given<Build>().When(Record(OneSignTask, First)).ThenRefused(BuildErrors.Unknown);

    [Fact]
    public void A_signed_task_whose_end_is_told_late_outdates_nothing() =>
        Given<Build>(TwoTasks(), Signed)
            .When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, First, BuildTaskOutcome.Completed), build))
            .Then(Ended(First));

    [Fact]
    public void Packages_that_come_after_the_signature_outdate_it() =>
        Given<Build>(TwoTasks(), Ended(First), Signed)
            .When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, Second, BuildTaskOutcome.Completed), build))
            .Then(Ended(Second), new BuildSignatureOutdated(OneBuild), new BuildFinished(OneBuild, Completed: 2, Failed: 0, Excluded: 0));

    [Fact]
    public void A_failure_after_the_signature_leaves_it() =>
        Given<Build>(TwoTasks(), Ended(First), Signed)
            .When(build => RecordTaskOutcomeHandler.Handle(new(OneBuild, Second, BuildTaskOutcome.Failed), build))
            .Then(Ended(Second, BuildTaskOutcome.Failed), new BuildFinished(OneBuild, Completed: 1, Failed: 1, Excluded: 0));

    [Fact]
    public void A_finished_build_of_the_built_in_product_is_to_be_signed() => Reaction(completed: 1).Then(new SignFinishedBuild(OneBuild));

    [Fact]
    public void A_build_without_a_completed_task_is_not_signed() => Reaction(completed: 0).ThenNothing();

    [Fact]
    public void A_signed_build_is_not_signed_again_but_released() => Reaction(completed: 1, Signed).Then(new ReleaseSignedBuild(OneBuild));

    [Fact]
    public void A_finished_build_is_released_once_it_is_signed_and_one_that_runs_when_it_has_finished()
    {
        object[] finished = [TwoTasks(), Ended(First), Ended(Second, BuildTaskOutcome.Failed), new BuildFinished(OneBuild, 1, 1, 0), Signed];
        Given<Build>(finished).When(build => BuildReactions.When(Signed, build!)).Then(new ReleaseSignedBuild(OneBuild));
        Given<Build>(TwoTasks(), Ended(First), Signed).When(build => BuildReactions.When(Signed, build!)).ThenNothing();
    }

    [Fact]
    public void A_build_of_another_product_is_not_released_by_itself() =>
        Given<Build>(TwoTasks() with { ProductId = 2 }, Ended(First), Ended(Second), Signed).When(build => BuildReactions.When(Signed, build!)).ThenNothing();

    [Fact]
    public void A_build_of_another_product_is_not_signed_by_itself()
    {
        var finished = new BuildFinished(OneBuild, 1, 0, 0);
        Given<Build>(TwoTasks() with { ProductId = 2 }, finished).When(build => BuildReactions.When(finished, build!)).ThenNothing();
    }

    private static Func<Build?, IReadOnlyList<IBuildEvent>> Record(SignTaskId signTask, params BuildTaskId[] tasks) =>
        build => RecordBuildSignedHandler.Handle(new(OneBuild, signTask, tasks), build);

    private static Outcome Reaction(int completed, params object[] before)
    {
        var finished = new BuildFinished(OneBuild, completed, 0, 0);
        return Given<Build>([TwoTasks(), .. before, finished]).When(build => BuildReactions.When(finished, build!));
    }

    private static BuildTaskOutcomeRecorded Ended(BuildTaskId task, BuildTaskOutcome outcome = BuildTaskOutcome.Completed) => new(OneBuild, task, outcome);

    private static BuildRequested TwoTasks() =>
        When(() => RequestBuildHandler.Handle(Request(BuildForm.Documented, [Debian], Hello(), Hello()))).Started<BuildRequested>()[0];
}
