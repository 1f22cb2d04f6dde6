using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class FinishSignTaskTests
{
    [Fact]
    public void A_report_of_success_is_recorded_and_yet_to_be_verified() =>
        Given<SignTask>(Requested(), Assigned()).When(task => FinishSignTaskHandler.Handle(Finish(), task, Active)).Then(Reported());

    [Fact]
    public void A_failure_counts_at_once() =>
        Given<SignTask>(Requested(), Assigned())
            .When(task => FinishSignTaskHandler.Handle(Finish() with { Success = false, ErrorMessage = "no such key" }, task, Active))
            .Then(new SignTaskFailed(OneSignTask, OneBuild, Report(), "no such key"));

    [Fact]
    public void Another_fingerprint_fails_the_task() => Fails(Signed(Binary) with { Fingerprint = new string('0', 40) }, "is signed with 0000");

    [Fact]
    public void A_package_without_href_fails_the_task() => Fails(Signed(Binary) with { Href = null }, "has no href");

    [Theory]
    [InlineData(999, "tree-2.1-1.x86_64.rpm")]
    [InlineData(901, "bush-2.1-1.x86_64.rpm")]
    public void A_package_that_was_not_handed_out_fails_the_task(int id, string name) => Fails(Signed(Binary) with { Id = id, Name = name }, "was not handed out");

    [Fact]
    public void What_is_reported_once_the_key_is_archived_does_not_count() =>
        Given<SignTask>(Requested(), Assigned())
            .When(task => FinishSignTaskHandler.Handle(Finish(), task, Archived))
            .Then(new SignTaskFailed(OneSignTask, OneBuild, Report(), SignTaskKey.Archived));

    [Fact]
    public void What_was_reported_before_stays_reported() =>
        Given<SignTask>(Requested(), Assigned(), Reported()).When(task => FinishSignTaskHandler.Handle(Finish(), task, Archived)).ThenNothing();

    [Fact]
    public void A_fingerprint_is_the_same_in_either_case() =>
        Given<SignTask>(Requested(), Assigned())
            .When(task => FinishSignTaskHandler.Handle(Finish(packages: Signed(Source) with { Fingerprint = Fingerprint.ToLowerInvariant() }), task, Active))
            .Then(new SignTaskReported(OneSignTask, OneBuild, Report(packages: Signed(Source) with { Fingerprint = Fingerprint.ToLowerInvariant() })));

    [Fact]
    public void A_late_report_of_a_former_holder_counts_while_the_task_has_not_ended() =>
        Given<SignTask>(Requested(), Assigned(), Requeued(), Assigned(NodeB, attempt: 2))
            .When(task => FinishSignTaskHandler.Handle(Finish(NodeA), task, Active))
            .Then(new SignTaskReported(OneSignTask, OneBuild, Report(NodeA, attempt: 2)));

    [Fact]
    public void A_former_holder_that_names_its_attempt_is_fenced() =>
        Given<SignTask>(Requested(), Assigned(), Requeued(), Assigned(NodeB, attempt: 2))
            .When(task => FinishSignTaskHandler.Handle(Finish(NodeA, attempt: 1), task, Active))
            .ThenRefused(SignTaskErrors.StaleAttempt);

    [Fact]
    public void Who_never_held_the_task_is_refused() =>
        Given<SignTask>(Requested(), Assigned()).When(task => FinishSignTaskHandler.Handle(Finish(Stranger), task, Active)).ThenRefused(SignTaskErrors.NeverHeld);

    [Fact]
    public void A_task_that_has_ended_is_answered_before_who_asks()
    {
        Given<SignTask>(Requested(), Assigned(), Reported()).When(task => FinishSignTaskHandler.Handle(Finish(Stranger), task, Active)).ThenRefused(SignTaskErrors.NeverHeld);
        Given<SignTask>(Requested(), Assigned(), Reported(), Completed()).When(task => FinishSignTaskHandler.Handle(Finish(Stranger), task, Active)).ThenNothing();
        Given<SignTask>(Requested(), new SignTaskFailed(OneSignTask, OneBuild, null, "no packages"))
            .When(task => FinishSignTaskHandler.Handle(Finish(Stranger), task, Active)).ThenNothing();
    }

    [Fact]
    public void An_unknown_task_is_refused() =>
        Given<SignTask>().When(task => FinishSignTaskHandler.Handle(Finish(), task, Active)).ThenRefused(SignTaskErrors.Unknown);

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<SignTask>(Requested(), Assigned(), Reported()).When(task => FinishSignTaskHandler.Handle(Finish(), task, Active)).ThenNothing();

    [Fact]
    public void A_finished_task_stays_as_it_is() =>
        Given<SignTask>(Requested(), Assigned(), Reported(), Completed())
            .When(task => FinishSignTaskHandler.Handle(Finish() with { Success = false }, task, Active))
            .ThenNothing();

    private static void Fails(SignedPackage package, string reason)
    {
        var state = Folding.Fold<SignTask>([Requested(), Assigned()]);
        var failed = Assert.IsType<SignTaskFailed>(Assert.Single(FinishSignTaskHandler.Handle(Finish(packages: [Signed(Source), package]), state, Active)));
        Assert.Contains(reason, failed.Error, StringComparison.Ordinal);
    }
}
