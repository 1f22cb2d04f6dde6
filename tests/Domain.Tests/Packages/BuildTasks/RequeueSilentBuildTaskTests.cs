using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class RequeueSilentBuildTaskTests
{
    [Fact]
    public void A_silent_node_loses_its_task() =>
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => RequeueSilentBuildTaskHandler.Handle(new(OneTask, Attempt: 1), task))
            .Then(Requeued());

    [Fact]
    public void What_nobody_wants_any_more_ends() =>
        Given<BuildTask>(Queued(), Assigned(Stranger), CancelRequested())
            .When(task => RequeueSilentBuildTaskHandler.Handle(new(OneTask, Attempt: 1), task))
            .Then(Cancelled());

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued())
            .When(task => RequeueSilentBuildTaskHandler.Handle(new(OneTask, Attempt: 1), task))
            .ThenNothing();

    [Fact]
    public void A_later_attempt_is_left_alone() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued(), Assigned(NodeB, attempt: 2))
            .When(task => RequeueSilentBuildTaskHandler.Handle(new(OneTask, Attempt: 1), task))
            .ThenNothing();

    [Fact]
    public void A_reported_task_is_left_alone() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Reported())
            .When(task => RequeueSilentBuildTaskHandler.Handle(new(OneTask, Attempt: 1), task))
            .ThenNothing();

    [Fact]
    public void An_unknown_task_needs_nothing() =>
        Given<BuildTask>().When(task => RequeueSilentBuildTaskHandler.Handle(new(OneTask, Attempt: 1), task)).ThenNothing();
}
