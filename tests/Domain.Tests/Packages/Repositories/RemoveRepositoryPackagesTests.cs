using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

public sealed class RemoveRepositoryPackagesTests
{
    [Fact]
    public void What_is_there_is_removed_by_a_new_revision() =>
        Given<Repository>(Created, Added(1, Tree, Bash))
            .When(repository => RemoveRepositoryPackagesHandler.Handle(new(Id, [Tree.Path, Tree.Path, "Packages/x/x.rpm"]), repository))
            .Then(Removed(2, Tree));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<Repository>(Created, Added(1, Tree, Bash), Removed(2, Tree))
            .When(repository => RemoveRepositoryPackagesHandler.Handle(new(Id, [Tree.Path]), repository))
            .ThenNothing();

    [Fact]
    public void What_was_removed_may_be_added_again() =>
        Given<Repository>(Created, Added(1, Tree, Bash), Removed(2, Tree))
            .When(repository => AddRepositoryPackagesHandler.Handle(new(Id, [Tree]), repository))
            .Then(Added(3, Tree));

    [Fact]
    public void An_unknown_repository_is_refused() =>
        Given<Repository>().When(repository => RemoveRepositoryPackagesHandler.Handle(new(Id, [Tree.Path]), repository)).ThenRefused(RepositoryErrors.Unknown);

    [Fact]
    public void A_new_revision_is_published() => When(() => RepositoryReactions.When(Removed(2, Bash))).Then(new PublishRepository(Id, 2));
}
