using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class ClaimSignTaskTests
{
    private static readonly ClaimSignTask Claim = new(OneSignTask, NodeB, Silence, [Source, Binary], [Src, X64]);

    [Fact]
    public void A_waiting_task_is_assigned_with_its_packages_and_a_lease() =>
        Given<SignTask>(Requested()).When(task => ClaimSignTaskHandler.Handle(Claim, task, Active, Now)).Then(Assigned(NodeB));

    [Fact]
    public void Every_assignment_is_the_next_attempt() =>
        Given<SignTask>(Requested(), Assigned(), Requeued()).When(task => ClaimSignTaskHandler.Handle(Claim, task, Active, Now)).Then(Assigned(NodeB, attempt: 2));

    [Fact]
    public void A_build_that_has_no_packages_any_more_fails_the_task() =>
        Given<SignTask>(Requested())
            .When(task => ClaimSignTaskHandler.Handle(Claim with { Packages = [] }, task, Active, Now))
            .Then(new SignTaskFailed(OneSignTask, OneBuild, null, "The build has no packages any more."));

    [Fact]
    public void An_archived_key_fails_the_task() =>
        Given<SignTask>(Requested())
            .When(task => ClaimSignTaskHandler.Handle(Claim, task, Archived, Now))
            .Then(new SignTaskFailed(OneSignTask, OneBuild, null, SignTaskKey.Archived));

    [Fact]
    public void A_task_of_another_node_is_refused() =>
        Given<SignTask>(Requested(), Assigned()).When(task => ClaimSignTaskHandler.Handle(Claim, task, Active, Now)).ThenRefused(SignTaskErrors.NotIdle);

    [Fact]
    public void A_finished_task_is_refused() =>
        Given<SignTask>(Requested(), Assigned(), Reported(), Completed()).When(task => ClaimSignTaskHandler.Handle(Claim, task, Active, Now)).ThenRefused(SignTaskErrors.NotIdle);

    [Fact]
    public void An_unknown_task_is_refused() =>
        Given<SignTask>().When(task => ClaimSignTaskHandler.Handle(Claim, task, Active, Now)).ThenRefused(SignTaskErrors.Unknown);
}
