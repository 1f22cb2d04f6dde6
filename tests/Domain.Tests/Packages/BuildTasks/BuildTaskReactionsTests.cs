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
                new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Completed));
    }

    [Theory]
    [InlineData("tree-2.1-1.d9.src.rpm", 3)]
    [InlineData("tree-2.1-1.d9.x86_64.rpm", 1)]
    [InlineData("tree-debuginfo-2.1-1.d9.x86_64.rpm", 2)]
    [InlineData("tree-debugsource-2.1-1.d9.x86_64.rpm", 2)]
    [InlineData("tree-debuginfod-2.1-1.d9.x86_64.rpm", 1)]
    public void Rpm_packages_are_told_apart_by_name(string name, int repository) =>
        Assert.Equal(new RepositoryId(repository), Targets.For(Package with { Name = name, Type = ArtifactType.Rpm }));

    [Fact]
    public void A_failure_is_told_to_the_build() =>
        When(() => BuildTaskReactions.When(new BuildTaskFailed(OneTask, OneBuild, null, "broken"))).Then(new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Failed));

    [Fact]
    public void An_exclusion_is_told_to_the_build() =>
        When(() => BuildTaskReactions.When(new BuildTaskExcluded(OneTask, OneBuild, Report(NodeA)))).Then(new RecordTaskOutcome(OneBuild, OneTask, BuildTaskOutcome.Excluded));
}
