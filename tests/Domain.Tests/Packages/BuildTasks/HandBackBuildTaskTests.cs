using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class HandBackBuildTaskTests
{
    private static readonly BuildTaskRequeued HandedBack = new(OneTask, OneBuild, 1, "The node handed it back.");

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public void A_node_that_stops_returns_its_task(int? attempt) =>
        Given<BuildTask>(Queued(), Assigned(NodeA)).When(HandBack(NodeA, attempt)).Then(HandedBack);

    [Fact]
    public void What_nobody_wants_any_more_ends() =>
        Given<BuildTask>(Queued(), Assigned(Stranger), CancelRequested()).When(HandBack(Stranger, 1)).Then(Cancelled());

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), HandedBack).When(HandBack(NodeA, 1)).ThenNothing();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(null)]
    public void A_task_that_another_node_has_by_now_stays_with_it(int? attempt) =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued(), Assigned(NodeB, attempt: 2)).When(HandBack(NodeA, attempt)).ThenNothing();

    [Fact]
    public void An_earlier_attempt_of_the_same_node_does_not_end_the_present_one() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued(), Assigned(NodeA, attempt: 2)).When(HandBack(NodeA, 1)).ThenNothing();

    [Fact]
    public void A_reported_task_is_left_alone() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Reported()).When(HandBack(NodeA, 1)).ThenNothing();

    [Fact]
    public void Who_never_held_it_is_refused() =>
        Given<BuildTask>(Queued(), Assigned(NodeA)).When(HandBack(Stranger, 1)).ThenRefused(BuildTaskErrors.NeverHeld);

    [Fact]
    public void An_unknown_task_is_refused() => Given<BuildTask>().When(HandBack(NodeA, 1)).ThenRefused(BuildTaskErrors.Unknown);

    private static Func<BuildTask?, IReadOnlyList<IBuildTaskEvent>> HandBack(string node, int? attempt) =>
        task => HandBackBuildTaskHandler.Handle(new(OneTask, node, attempt), task);
}
