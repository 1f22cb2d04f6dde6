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
}
