using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class HandBackSignTaskTests
{
    private static readonly SignTaskRequeued HandedBack = new(OneSignTask, OneBuild, 1, "The node handed it back.");

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public void A_node_that_stops_returns_its_task(int? attempt) =>
        Given<SignTask>(Requested(), Assigned()).When(HandBack(NodeA, attempt)).Then(HandedBack);

    [Fact]
    public void A_second_time_nothing_happens() => Given<SignTask>(Requested(), Assigned(), HandedBack).When(HandBack(NodeA, 1)).ThenNothing();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(null)]
    public void A_task_that_another_node_has_by_now_stays_with_it(int? attempt) =>
        Given<SignTask>(Requested(), Assigned(), Requeued(), Assigned(NodeB, attempt: 2)).When(HandBack(NodeA, attempt)).ThenNothing();

    [Fact]
    public void An_earlier_attempt_of_the_same_node_does_not_end_the_present_one() =>
        Given<SignTask>(Requested(), Assigned(), Requeued(), Assigned(attempt: 2)).When(HandBack(NodeA, 1)).ThenNothing();

    [Fact]
    public void A_reported_task_is_left_alone() => Given<SignTask>(Requested(), Assigned(), Reported()).When(HandBack(NodeA, 1)).ThenNothing();

    [Fact]
    public void Who_never_held_it_is_refused() =>
        Given<SignTask>(Requested(), Assigned()).When(HandBack(Stranger, 1)).ThenRefused(SignTaskErrors.NeverHeld);

    [Fact]
    public void An_unknown_task_is_refused() => Given<SignTask>().When(HandBack(NodeA, 1)).ThenRefused(SignTaskErrors.Unknown);

    private static Func<SignTask?, IReadOnlyList<ISignTaskEvent>> HandBack(string node, int? attempt) =>
        task => HandBackSignTaskHandler.Handle(new(OneSignTask, node, attempt), task);
}
