using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

public sealed class CreateRepositoryTests
{
    [Fact]
    public void A_repository_takes_its_name() =>
        When(() => CreateRepositoryHandler.Handle(new(new NewRepository(Id, Identity, Settings, OwnerId: 7))))
            .Then(
                new NewStream<RepositoryName>("repository_name-demo-9-devel/x86_64/rpm/debug", [new RepositoryNameTaken(Identity, Id)]),
                new NewStream<Repository>("repository-12", [Created]));

    [Fact]
    public void Names_with_slashes_do_not_run_into_each_other() =>
        Assert.NotEqual(RepositoryName.KeyOf(Identity with { Name = "a/b", Arch = "c" }), RepositoryName.KeyOf(Identity with { Name = "a", Arch = "b/c" }));

    [Theory]
    [InlineData("Demo-9-x86_64-40-br")]
    [InlineData("Demo-9-x86_64-40-debug-br")]
    [InlineData("build-40-build_log")]
    [InlineData("build-40-test_log")]
    public void Names_of_builds_repositories_are_refused(string name) =>
        When(() => CreateRepositoryHandler.Handle(new(new NewRepository(Id, Identity with { Name = name }, Settings))))
            .ThenRefused(RepositoryErrors.NameReserved);

    [Fact]
    public void Repositories_that_apt_could_not_read_are_refused()
    {
        var deb = Identity with { Type = "deb" };

        When(() => CreateRepositoryHandler.Handle(new(new NewRepository(Id, deb, Settings)))).ThenRefused(RepositoryErrors.ArchInvalid);
        foreach (var arch in (string[])["amd64", "src"])
        {
            When(() => CreateRepositoryHandler.Handle(new(new NewRepository(Id, deb with { Arch = arch }, Settings)))).Then(
                new NewStream<RepositoryName>($"repository_name-demo-9-devel/{arch}/deb/debug", [new RepositoryNameTaken(deb with { Arch = arch }, Id)]),
                new NewStream<Repository>("repository-12", [Created with { Identity = deb with { Arch = arch }, OwnerId = null }]));
        }
    }

    [Fact]
    public void A_production_repository_of_ours_is_opened_and_no_other()
    {
        var ours = Created with { Settings = new() { Production = true, Url = RepositoryAddress.Of("demo-9-devel-x86_64") } };

        When(() => RepositoryReactions.When(ours)).Then(new OpenRepository(Id));
        When(() => RepositoryReactions.When(Created)).ThenNothing();
        When(() => RepositoryReactions.When(Created with { Settings = ours.Settings with { Production = false } })).ThenNothing();
        When(() => RepositoryReactions.When(Created with { Settings = new() { Production = true, Url = "https://mirror.example.org/" } })).ThenNothing();
    }

    [Fact]
    public void An_empty_repository_is_opened_once()
    {
        Given<Repository>(Created).When(repository => OpenRepositoryHandler.Handle(new(Id), repository)).Then(Added(1));
        Given<Repository>(Created, Added(1)).When(repository => OpenRepositoryHandler.Handle(new(Id), repository)).ThenNothing();
        Given<Repository>().When(repository => OpenRepositoryHandler.Handle(new(Id), repository)).ThenRefused(RepositoryErrors.Unknown);
    }
}
