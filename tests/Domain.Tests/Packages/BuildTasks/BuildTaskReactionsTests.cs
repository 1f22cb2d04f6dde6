using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class BuildTaskReactionsTests
{
    [Fact]
    public void A_report_is_looked_at() =>
        When(() => BuildTaskReactions.When(Reported())).Then(new VerifyBuildReport(OneTask, OneBuild, [Package, Log]));

    [Theory]
    [InlineData(BuildTaskOutcome.Failed)]
    [InlineData(BuildTaskOutcome.Excluded)]
    public void Of_a_failure_only_the_source_package_is_looked_at(BuildTaskOutcome outcome) =>
        When(() => BuildTaskReactions.When(ReportedSource(outcome))).Then(new VerifyBuildReport(OneTask, OneBuild, [SourcePackage], outcome));

    [Fact]
    public void Packages_go_to_their_repositories_and_the_build_is_told()
    {
        var success = Succeeded(Package, DebugPackage, Log);

        Given<BuildTask>(Queued(), Assigned(NodeA), Reported(), success)
            .When(task => BuildTaskReactions.When(success, task!))
            .Then(
                new AddRepositoryPackages(new RepositoryId(1), [new("Packages/h/hello_1.0-1_amd64.deb", "hello_1.0-1_amd64.deb", "/a/1/", "aa11", null)]),
                new AddRepositoryPackages(
                    new RepositoryId(2), [new("Packages/h/hello-dbgsym_1.0-1_amd64.deb", "hello-dbgsym_1.0-1_amd64.deb", "/a/2/", "bb22", null)]),
                new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Completed, new TaskSource(Package: null, "4f2a")));
    }

    [Fact]
    public void The_source_package_is_told_with_the_outcome_by_the_task_that_builds_it()
    {
        var success = Succeeded(SourcePackage, Rpm, Log);

        Given<BuildTask>(Queued(), Assigned(NodeA), Reported(), success)
            .When(task => BuildTaskReactions.When(success, task!))
            .Then(
                new AddRepositoryPackages(new RepositoryId(3), [new("Packages/t/tree-2.1-1.d9.src.rpm", "tree-2.1-1.d9.src.rpm", "/a/4/", "dd44", null)]),
                new AddRepositoryPackages(new RepositoryId(1), [new("Packages/t/tree-2.1-1.d9.x86_64.rpm", "tree-2.1-1.d9.x86_64.rpm", "/a/5/", "ee55", null)]),
                new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Completed, new TaskSource(SourcePackage, "4f2a")));
    }

    [Fact]
    public void A_task_that_was_handed_its_source_neither_adds_it_again_nor_tells_of_it()
    {
        var success = Succeeded(SourcePackage, Rpm);

        Given<BuildTask>(QueuedBehindBuilder(), HandedOver(), Assigned(NodeA), Reported(), success)
            .When(task => BuildTaskReactions.When(success, task!))
            .Then(
                new AddRepositoryPackages(new RepositoryId(1), [new("Packages/t/tree-2.1-1.d9.x86_64.rpm", "tree-2.1-1.d9.x86_64.rpm", "/a/5/", "ee55", null)]),
                new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Completed));
    }

    [Fact]
    public void Once_signed_it_adds_it_for_the_task_that_delivered_it_may_have_failed()
    {
        var signed = new BuildArtifactsSigned(OneTask, OneBuild, new(7), [SourcePackage with { Href = "/a/9/", Sha256 = "ff99" }]);

        Given<BuildTask>(QueuedBehindBuilder(), HandedOver(), Assigned(NodeA), Reported(), Succeeded(SourcePackage, Rpm), signed)
            .When(task => BuildTaskReactions.When(signed, task!))
            .Then(new AddRepositoryPackages(new RepositoryId(3), [new("Packages/t/tree-2.1-1.d9.src.rpm", "tree-2.1-1.d9.src.rpm", "/a/9/", "ff99", null)]));
    }

    [Fact]
    public void A_task_whose_builder_had_none_delivers_and_tells_of_its_own_source_package()
    {
        var success = Succeeded(SourcePackage, Log);

        Given<BuildTask>(QueuedBehindBuilder(), HandedOver() with { Source = new(null, "4f2a") }, Assigned(NodeA), Reported(), success)
            .When(task => BuildTaskReactions.When(success, task!))
            .Then(
                new AddRepositoryPackages(new RepositoryId(3), [new("Packages/t/tree-2.1-1.d9.src.rpm", "tree-2.1-1.d9.src.rpm", "/a/4/", "dd44", null)]),
                new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Completed, new TaskSource(SourcePackage, "4f2a")));
    }

    [Fact]
    public void A_task_that_never_ran_tells_nothing() =>
        Given<BuildTask>(QueuedBehindBuilder(), new BuildTaskFailed(OneTask, OneBuild, null, "Fast failed"))
            .When(task => BuildTaskReactions.When(new BuildTaskFailed(OneTask, OneBuild, null, "Fast failed"), task!))
            .Then(new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Failed));

    [Fact]
    public void A_failed_task_still_hands_its_source_package_on()
    {
        var failure = new BuildTaskFailed(OneTask, OneBuild, Report(NodeA, 1, SourcePackage, Log), Error: null);

        Given<BuildTask>(Queued(), Assigned(NodeA), failure)
            .When(task => BuildTaskReactions.When(failure, task!))
            .Then(
                new AddRepositoryPackages(new RepositoryId(3), [new("Packages/t/tree-2.1-1.d9.src.rpm", "tree-2.1-1.d9.src.rpm", "/a/4/", "dd44", null)]),
                new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Failed, new TaskSource(SourcePackage, "4f2a")));
    }

    [Fact]
    public void An_excluded_one_does_too_with_all_its_parts()
    {
        BuildArtifact Deb(string name) => Package with { Name = name };
        var excluded = new BuildTaskExcluded(OneTask, OneBuild, Report(NodeA, 1, Deb("hello_1.0-1.dsc"), Deb("hello_1.0.orig.tar.gz"), Package, Log));

        Given<BuildTask>(Queued(), Assigned(NodeA), excluded)
            .When(task => BuildTaskReactions.When(excluded, task!))
            .Then(
                new AddRepositoryPackages(new RepositoryId(3),
                [
                    new("Packages/h/hello_1.0-1.dsc", "hello_1.0-1.dsc", "/a/1/", "aa11", null), new("Packages/h/hello_1.0.orig.tar.gz", "hello_1.0.orig.tar.gz", "/a/1/", "aa11", null),
                ]),
                new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Excluded, new TaskSource(Deb("hello_1.0-1.dsc"), "4f2a")));
    }

    [Theory]
    [InlineData("tree-2.1-1.d9.src.rpm", 3)]
    [InlineData("tree-2.1-1.d9.x86_64.rpm", 1)]
    [InlineData("tree-debuginfo-2.1-1.d9.x86_64.rpm", 2)]
    [InlineData("tree-debugsource-2.1-1.d9.x86_64.rpm", 2)]
    [InlineData("tree-debuginfod-2.1-1.d9.x86_64.rpm", 1)]
    public void Rpm_packages_are_told_apart_by_name(string name, int repository) =>
        Assert.Equal(new RepositoryId(repository), Targets.For(Package with { Name = name, Type = ArtifactType.Rpm }));

    [Theory]
    [InlineData("tree_2.1-1_amd64.deb", 1)]
    [InlineData("tree-udeb_2.1-1_amd64.udeb", 1)]
    [InlineData("tree-dbgsym_2.1-1_amd64.deb", 2)]
    [InlineData("tree_2.1-1.dsc", 3)]
    [InlineData("tree_2.1.orig.tar.gz", 3)]
    [InlineData("tree_2.1.orig.tar.gz.asc", 3)]
    [InlineData("tree_2.1-1.debian.tar.xz", 3)]
    [InlineData("tree_2.1-1.diff.gz", 3)]
    public void Deb_packages_are_told_apart_by_name(string name, int repository) =>
        Assert.Equal(new RepositoryId(repository), Targets.For(Package with { Name = name, Type = ArtifactType.Deb }));

    [Fact]
    public void What_only_tells_about_a_build_goes_to_no_repository()
    {
        var success = Succeeded(Package with { Name = "hello_1.0-1_amd64.changes" }, Package with { Name = "hello_1.0-1_source.buildinfo" });
        var task = BuildTask.Create(Queued());

        Assert.DoesNotContain(BuildTaskReactions.When(success, task), message => message is AddRepositoryPackages);
    }

    [Theory]
    [InlineData(ArtifactType.Rpm, "tree-2.1-1.x86_64.rpm", true, false)]
    [InlineData(ArtifactType.Rpm, "tree-2.1-1.src.rpm", true, true)]
    [InlineData(ArtifactType.Deb, "tree_2.1-1_amd64.deb", true, false)]
    [InlineData(ArtifactType.Deb, "tree_2.1-1.dsc", true, true)]
    [InlineData(ArtifactType.Deb, "tree_2.1.orig.tar.gz", false, false)]
    [InlineData(ArtifactType.Deb, "tree_2.1-1_amd64.changes", false, false)]
    [InlineData(ArtifactType.BuildLog, "albs.7.1.log", false, false)]
    public void Packages_and_source_packages_are_told_from_the_rest(ArtifactType type, string name, bool isPackage, bool isSource)
    {
        var artifact = Package with { Name = name, Type = type };

        Assert.Equal((isPackage, isSource), (artifact.IsPackage, artifact.IsSourcePackage));
    }

    [Fact]
    public void A_failure_is_told_to_the_build() =>
        Ended(new BuildTaskFailed(OneTask, OneBuild, null, "broken"), BuildTaskReactions.When).Then(new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Failed, Unknown));

    [Fact]
    public void An_exclusion_is_told_to_the_build() =>
        Ended(new BuildTaskExcluded(OneTask, OneBuild, Report(NodeA)), BuildTaskReactions.When)
            .Then(new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Excluded, new TaskSource(Package: null, "4f2a")));

    [Fact]
    public void A_cancellation_is_told_to_the_build() =>
        Ended(new BuildTaskCancelled(OneTask, OneBuild, "cancelled"), BuildTaskReactions.When).Then(new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Cancelled, Unknown));

    private static TaskSource Unknown => new(Package: null, GitCommitHash: null);

    private static Outcome Ended<TEvent>(TEvent e, Func<TEvent, BuildTask, IEnumerable<object>> react) where TEvent : IBuildTaskEvent =>
        Given<BuildTask>(Queued(), Assigned(NodeA), e).When(task => react(e, task!));
}
