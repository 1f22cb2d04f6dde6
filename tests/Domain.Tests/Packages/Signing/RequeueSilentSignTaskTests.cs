using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class RequeueSilentSignTaskTests
{
    [Fact]
    public void A_silent_node_loses_its_task() =>
        Given<SignTask>(Requested(), Assigned()).When(task => RequeueSilentSignTaskHandler.Handle(new(OneSignTask, Attempt: 1), task)).Then(Requeued());

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<SignTask>(Requested(), Assigned(), Requeued()).When(task => RequeueSilentSignTaskHandler.Handle(new(OneSignTask, Attempt: 1), task)).ThenNothing();

    [Fact]
    public void A_later_attempt_is_left_alone() =>
        Given<SignTask>(Requested(), Assigned(), Requeued(), Assigned(NodeB, attempt: 2))
            .When(task => RequeueSilentSignTaskHandler.Handle(new(OneSignTask, Attempt: 1), task))
            .ThenNothing();

    [Fact]
    public void A_reported_task_is_left_alone() =>
        Given<SignTask>(Requested(), Assigned(), Reported()).When(task => RequeueSilentSignTaskHandler.Handle(new(OneSignTask, Attempt: 1), task)).ThenNothing();

    [Fact]
    public void An_unknown_task_needs_nothing() =>
        Given<SignTask>().When(task => RequeueSilentSignTaskHandler.Handle(new(OneSignTask, Attempt: 1), task)).ThenNothing();
}
