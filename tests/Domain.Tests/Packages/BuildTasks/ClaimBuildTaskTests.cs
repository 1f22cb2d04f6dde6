using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class ClaimBuildTaskTests
{
    private static readonly ClaimBuildTask Claim = new(["amd64"], [], NodeB, Silence);

    [Fact]
    public void A_waiting_task_is_assigned_with_a_lease() =>
        Given<BuildTask>(Queued())
            .When(task => ClaimBuildTaskHandler.Handle(Claim, task, Now))
            .Then(new BuildTaskAssigned(OneTask, OneBuild, NodeB, 1, Now + Silence));

    [Fact]
    public void Every_assignment_is_the_next_attempt() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Requeued())
            .When(task => ClaimBuildTaskHandler.Handle(Claim, task, Now))
            .Then(new BuildTaskAssigned(OneTask, OneBuild, NodeB, 2, Now + Silence));

    [Fact]
    public void Without_a_task_nothing_happens() =>
        Given<BuildTask>().When(task => ClaimBuildTaskHandler.Handle(Claim, task, Now)).ThenNothing();

    [Fact]
    public void A_task_of_another_node_is_refused() =>
        Given<BuildTask>(Queued(), Assigned(NodeA))
            .When(task => ClaimBuildTaskHandler.Handle(Claim, task, Now))
            .ThenRefused(BuildTaskErrors.NotIdle);

    [Fact]
    public void A_finished_task_is_refused() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Reported(), Succeeded())
            .When(task => ClaimBuildTaskHandler.Handle(Claim, task, Now))
            .ThenRefused(BuildTaskErrors.NotIdle);
}
