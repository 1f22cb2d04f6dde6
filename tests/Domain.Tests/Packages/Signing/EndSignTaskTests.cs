using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class EndSignTaskTests
{
    private static readonly SignTaskFailed Ended = new(OneSignTask, OneBuild, null, SignTaskKey.Archived);

    [Fact]
    public void A_waiting_task_ends() => Given<SignTask>(Requested()).When(End).Then(Ended);

    [Fact]
    public void A_task_that_a_node_works_on_ends() => Given<SignTask>(Requested(), Assigned()).When(End).Then(Ended);

    [Fact]
    public void What_was_reported_before_is_still_verified() => Given<SignTask>(Requested(), Assigned(), Reported()).When(End).ThenNothing();

    [Fact]
    public void A_finished_task_stays_as_it_is() => Given<SignTask>(Requested(), Assigned(), Reported(), Completed()).When(End).ThenNothing();

    [Fact]
    public void A_second_time_nothing_happens() => Given<SignTask>(Requested(), Ended).When(End).ThenNothing();

    [Fact]
    public void A_task_nobody_knows_is_passed_over() => Given<SignTask>().When(End).ThenNothing();

    private static IReadOnlyList<ISignTaskEvent> End(SignTask? task) => EndSignTaskHandler.Handle(new(OneSignTask), task);
}
