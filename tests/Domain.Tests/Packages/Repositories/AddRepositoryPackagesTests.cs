using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

public sealed class AddRepositoryPackagesTests
{
    [Fact]
    public void New_packages_are_a_new_revision() =>
        Given<Repository>(Created, Added(1, Tree))
            .When(repository => AddRepositoryPackagesHandler.Handle(new(Id, [Tree, Bash]), repository))
            .Then(Added(2, Bash));

    [Fact]
    public void Other_bytes_under_the_same_path_are_a_new_revision() =>
        Given<Repository>(Created, Added(1, Tree))
            .When(repository => AddRepositoryPackagesHandler.Handle(new(Id, [Tree with { Sha256 = "ff" }]), repository))
            .Then(Added(2, Tree with { Sha256 = "ff" }));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<Repository>(Created, Added(1, Tree, Bash))
            .When(repository => AddRepositoryPackagesHandler.Handle(new(Id, [Tree]), repository))
            .ThenNothing();

    [Fact]
    public void An_unknown_repository_is_refused() =>
        Given<Repository>().When(repository => AddRepositoryPackagesHandler.Handle(new(Id, [Tree]), repository)).ThenRefused(RepositoryErrors.Unknown);

    [Fact]
    public void A_new_revision_is_published() => When(() => RepositoryReactions.When(Added(2, Bash))).Then(new PublishRepository(Id, 2));

    [Fact]
    public void A_packages_path_begins_with_its_first_letter() => Assert.Equal("Packages/t/Tree-2.1.rpm", RepositoryPackage.PathOf("Tree-2.1.rpm"));
}
