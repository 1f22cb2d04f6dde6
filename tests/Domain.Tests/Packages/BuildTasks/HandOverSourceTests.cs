using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class HandOverSourceTests
{
    private static readonly BuildTaskId Elsewhere = new(300);
    private static readonly TaskSource Source = new(SourcePackage, "4f2a"), Commit = new(Package: null, "4f2a");

    [Fact]
    public void A_waiting_task_learns_what_to_build_from() =>
        Given<BuildTask>(QueuedBehindBuilder()).When(From(Builder, Source)).Then(HandedOver());

    [Fact]
    public void That_there_is_no_source_package_is_told_too() =>
        Given<BuildTask>(QueuedBehindBuilder()).When(From(Builder, Commit)).Then(HandedOver() with { Source = Commit });

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<BuildTask>(QueuedBehindBuilder(), HandedOver()).When(From(Builder, Source)).ThenNothing();

    [Fact]
    public void From_another_platform_comes_the_commit() =>
        Given<BuildTask>(Queued()).When(From(Elsewhere, Commit)).Then(new BuildTaskSourceHandedOver(OneTask, OneBuild, Elsewhere, Commit));

    [Fact]
    public void The_first_commit_counts() =>
        Given<BuildTask>(Queued(), new BuildTaskSourceHandedOver(OneTask, OneBuild, Elsewhere, Commit)).When(From(new(301), Commit with { GitCommitHash = "ffff" })).ThenNothing();

    [Fact]
    public void A_commit_that_was_asked_for_stays() =>
        Given<BuildTask>(Queued() with { Ref = Queued().Ref with { GitCommitHash = "aaaa" } }).When(From(Elsewhere, Commit)).ThenNothing();

    [Fact]
    public void The_builder_is_still_awaited_when_another_platform_was_faster() =>
        Given<BuildTask>(QueuedBehindBuilder(), new BuildTaskSourceHandedOver(OneTask, OneBuild, Elsewhere, Commit)).When(From(Builder, Source)).Then(HandedOver());

    [Fact]
    public void A_task_that_has_begun_keeps_its_commit() =>
        Given<BuildTask>(Queued(), Assigned(NodeA)).When(From(Elsewhere, Commit)).ThenNothing();

    // Its builder was excluded, and the next one of the package was faster.
    [Fact]
    public void A_task_that_has_begun_takes_the_first_source_package()
    {
        var none = HandedOver() with { Source = new(null, null) };
        var other = new BuildTaskSourceHandedOver(OneTask, OneBuild, new(102), Source);

        Given<BuildTask>(QueuedBehindBuilder(), none, Assigned(NodeA)).When(From(new(102), Source)).Then(other);
        Given<BuildTask>(QueuedBehindBuilder(), none, Assigned(NodeA), other).When(From(new(103), Source)).ThenNothing();
        Given<BuildTask>(QueuedBehindBuilder(), none, Assigned(NodeA), Reported()).When(From(new(102), Source)).Then(other);
        Given<BuildTask>(QueuedBehindBuilder(), none, Assigned(NodeA), Reported(), Succeeded()).When(From(new(102), Source)).ThenNothing();
    }

    [Fact]
    public void An_unknown_task_is_refused() => Given<BuildTask>().When(From(Builder, Source)).ThenRefused(BuildTaskErrors.Unknown);

    private static Func<BuildTask?, IReadOnlyList<IBuildTaskEvent>> From(BuildTaskId from, TaskSource source) =>
        task => HandOverSourceHandler.Handle(new(OneTask, from, source), task);
}
