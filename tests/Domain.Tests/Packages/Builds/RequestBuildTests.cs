using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Builds.BuildRequests;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class RequestBuildTests
{
    [Fact]
    public void A_build_its_tasks_and_its_repositories_are_recorded_at_once() =>
        Assert.Equal(
            ["build-40", "build_task-101", "build_task-102", "repository-1", "repository-2", "repository-3", "repository-4", "repository-5"],
            When(() => RequestBuildHandler.Handle(Request(BuildForm.Documented, [Debian], Hello(), Hello()))).Keys());

    [Fact]
    public void The_build_knows_what_was_asked_for() =>
        Equal(
            new BuildRequested(
                OneBuild, 7, BuildForm.Documented, [Debian], [Hello()], [new(new BuildTaskId(101), 0, new PlatformId(8), "amd64")],
                [new(1), new(2), new(3), new(4), new(5)], [new BuildId(39)], FreeJson.Parse("""{"with": ["tests"]}"""), [], false, null),
            Started<BuildRequested>(Request(BuildForm.Documented, [Debian], Hello())));

    [Fact]
    public void A_task_knows_what_it_builds_and_where_that_goes() =>
        Equal(
            new BuildTaskQueued(
                new BuildTaskId(101), OneBuild, 0, "amd64", new TaskPlatform(new PlatformId(8), "Debian-12", PlatformType.Deb, ["amd64", "arm64"]), Hello(),
                new TaskRepositories(new RepositoryId(1), new RepositoryId(2), new RepositoryId(3)), [], IsFollowed: false, OwnerId: 7),
            Started<BuildTaskQueued>(Request(BuildForm.Documented, [Debian], Hello())));

    [Fact]
    public void Tasks_wait_for_each_other_by_id() =>
        Assert.Equal(
            new BuildTaskId[][] { [], [new(101)], [new(101)], [new(102), new(103)] },
            When(() => RequestBuildHandler.Handle(Request(BuildForm.Current, [Debian], Hello(), Hello()))).Started<BuildTaskQueued>().Select(t => t.WaitsFor.ToArray()));

    [Fact]
    public void A_task_knows_whether_others_build_from_its_source_package() =>
        Assert.Equal(
            new (BuildTaskId?, bool?)[] { (null, true), (new(101), false), (null, true), (new(103), false) },
            When(() => RequestBuildHandler.Handle(Request(BuildForm.Current, [Debian], Hello(), Hello()))).Started<BuildTaskQueued>().Select(t => (t.SourceFrom, t.IsFollowed)));

    [Fact]
    public void A_source_task_keeps_only_the_source_repository() =>
        Assert.Equal(
            new TaskRepositories(new RepositoryId(3), null, new RepositoryId(3)),
            When(() => RequestBuildHandler.Handle(Request(BuildForm.Current, [Debian], Hello()))).Started<BuildTaskQueued>()[0].Repositories);

    [Fact]
    public void A_repository_knows_its_build_and_platform() =>
        Equal(
            new RepositoryCreated(
                new RepositoryId(1), new RepositoryIdentity("Debian-12-amd64-40-br", "amd64", "deb", false),
                new RepositorySettings { Url = "/pulp/content/builds/Debian-12-amd64-40-br/", Production = false, Priority = 10, MockEnabled = true },
                7, OneBuild, new PlatformId(8)),
            Started<RepositoryCreated>(Request(BuildForm.Documented, [Debian], Hello())));

    [Fact]
    public void In_the_current_form_a_branch_may_name_the_dist() =>
        Assert.Equal(
            FreeJson.Parse("""{"definitions": {"dist": ".el8_5"}}"""),
            Started<BuildTaskQueued>(Request(BuildForm.Current, [Debian], Hello("el8_5"))).Ref.MockOptions);

    [Fact]
    public void A_dist_of_the_build_comes_first() =>
        Assert.Null(Started<BuildTaskQueued>(Request(BuildForm.Current, [Debian], Hello("el8_5")) with
        {
            MockOptions = FreeJson.Parse("""{"definitions": {"dist": ".mine"}}"""),
        }).Ref.MockOptions);

    [Fact]
    public void In_the_documented_form_it_may_not() =>
        Assert.Null(Started<BuildTaskQueued>(Request(BuildForm.Documented, [Debian], Hello("el8_5"))).Ref.MockOptions);

    [Fact]
    public void An_arch_the_platform_has_not_is_refused() =>
        When(() => RequestBuildHandler.Handle(Request(BuildForm.Documented, [Debian with { Arches = ["s390x"] }], Hello())))
            .ThenRefused(BuildErrors.ArchUnknown);

    [Fact]
    public void A_platform_named_twice_is_refused() =>
        When(() => RequestBuildHandler.Handle(Request(BuildForm.Documented, [Debian, Debian with { Arches = ["arm64"] }], Hello())))
            .ThenRefused(BuildErrors.PlatformRepeated);

    [Fact]
    public void Nothing_to_build_is_refused() =>
        When(() => RequestBuildHandler.Handle(Request(BuildForm.Documented, [Debian]))).ThenRefused(BuildErrors.NothingToBuild);

    [Fact]
    public void A_platform_without_arches_is_nothing_to_build() =>
        When(() => RequestBuildHandler.Handle(Request(BuildForm.Documented, [Debian with { Arches = [] }], Hello()))).ThenRefused(BuildErrors.NothingToBuild);

    private static T Started<T>(RequestBuild request) => When(() => RequestBuildHandler.Handle(request)).Started<T>()[0];

    private static void Equal(object expected, object actual) => When(() => actual).Then(expected);
}
