using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class TakeNoarchPackagesTests
{
    private static readonly SignKeyId OneKey = new(3);
    private static readonly BuildArtifact Mine = new(910, "tree-doc-2.1-1.noarch.rpm", ArtifactType.Rpm, "/a/9/", "aa", 5);
    private static readonly BuildArtifact Theirs = Mine with { Id = 920, Href = "/b/9/", Sha256 = "bb", SizeBytes = 6 };
    private static readonly BuildArtifact New = new(990, "tree-lang-2.1-1.noarch.rpm", ArtifactType.Rpm, "/b/8/", "cc", 7);

    [Fact]
    public void The_file_of_another_task_takes_the_place_of_our_own_and_what_is_missing_is_added() =>
        Delivered(Rpm, Mine, Log).When(task => Take(task, Theirs, New)).Then(Taken(Theirs with { Id = Mine.Id }, New));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Delivered([Rpm, Mine], Taken(Theirs with { Id = Mine.Id }, New)).When(task => Take(task, Theirs, New)).ThenNothing();

    [Fact]
    public void Whose_file_it_is_keeps_it() => Delivered(Rpm, Mine).When(task => Take(task, Mine)).ThenNothing();

    [Fact]
    public void A_signed_file_is_not_given_away_for_an_unsigned_one() =>
        Delivered(Mine with { SignKeyId = OneKey }).When(task => Take(task, Theirs)).ThenNothing();

    [Fact]
    public void A_signed_file_is_taken() =>
        Delivered(Mine).When(task => Take(task, Theirs with { SignKeyId = OneKey })).Then(Taken(Theirs with { Id = Mine.Id, SignKeyId = OneKey }));

    [Fact]
    public void A_task_that_did_not_complete_takes_nothing() =>
        Given<BuildTask>(Queued(), Assigned(NodeA), Reported()).When(task => Take(task, Theirs)).ThenNothing();

    [Fact]
    public void An_unknown_task_is_refused() => Given<BuildTask>().When(task => Take(task, Theirs)).ThenRefused(BuildTaskErrors.Unknown);

    [Fact]
    public void What_is_taken_goes_to_the_repositories_of_the_task()
    {
        var debug = New with { Name = "tree-debugsource-2.1-1.noarch.rpm" };
        var taken = Taken(Theirs with { Id = Mine.Id }, debug);

        Delivered([Mine], taken)
            .When(task => BuildTaskReactions.When(taken, task!))
            .Then(
                new AddRepositoryPackages(new RepositoryId(1), [new($"Packages/t/{Mine.Name}", Mine.Name, "/b/9/", "bb", 6)]),
                new AddRepositoryPackages(new RepositoryId(2), [new($"Packages/t/{debug.Name}", debug.Name, "/b/8/", "cc", 7)]));
    }

    [Fact]
    public void Of_one_name_the_last_delivered_wins_and_only_packages_for_every_arch_count() =>
        Assert.Equal([Theirs, New], NoarchPackages.In([[Rpm, SourcePackage, Mine], [Theirs, New, Log, Package]]));

    [Fact]
    public void They_are_shared_when_every_task_has_the_last_delivered_or_a_signed_one()
    {
        Assert.False(NoarchPackages.AreShared([[Mine], [Theirs]]));
        Assert.False(NoarchPackages.AreShared([[Rpm], [Theirs]]));
        Assert.True(NoarchPackages.AreShared([[Theirs with { Id = Mine.Id }, Rpm], [Theirs]]));
        Assert.True(NoarchPackages.AreShared([[Mine with { SignKeyId = OneKey }], [Theirs]]));
        Assert.True(NoarchPackages.AreShared([[Rpm], [Package]]));
    }

    private static IReadOnlyList<IBuildTaskEvent> Take(BuildTask? task, params BuildArtifact[] known) =>
        TakeNoarchPackagesHandler.Handle(new(OneTask, [OneTask, Builder]), task, new(known));

    private static NoarchPackagesTaken Taken(params BuildArtifact[] artifacts) => new(OneTask, OneBuild, artifacts);

    private static Given<BuildTask> Delivered(params BuildArtifact[] artifacts) => Delivered(artifacts, []);

    private static Given<BuildTask> Delivered(BuildArtifact[] artifacts, params object[] later) =>
        Given<BuildTask>([Queued(), Assigned(NodeA), Reported(), Succeeded(artifacts), .. later]);
}
