using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

public sealed class RollBackRepositoryTests
{
    private static readonly RepositoryPackage NewTree = Tree with { Sha256 = "ff" };

    [Fact]
    public void The_packages_of_the_earlier_version_are_a_new_revision() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Added(2, NewTree, Bash), Published(2))
            .When(repository => RollBackRepositoryHandler.Handle(new(Id, 1), repository))
            .Then(RolledBack(3, 1, [Tree], [Bash.Path]));

    [Fact]
    public void What_was_removed_is_there_again() =>
        Given<Repository>(Created, Added(1, Tree, Bash), Published(1), Removed(2, Bash), Published(2))
            .When(repository => RollBackRepositoryHandler.Handle(new(Id, 1), repository))
            .Then(RolledBack(3, 1, [Bash], []));

    [Fact]
    public void A_way_back_can_be_gone_back_on() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Added(2, Bash), Published(2), RolledBack(3, 1, [], [Bash.Path]), Published(3))
            .When(repository => RollBackRepositoryHandler.Handle(new(Id, 2), repository))
            .Then(RolledBack(4, 2, [Bash], []));

    [Fact]
    public void What_is_wanted_but_not_published_yet_can_be_taken_back() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Added(2, Bash))
            .When(repository => RollBackRepositoryHandler.Handle(new(Id, 1), repository))
            .Then(RolledBack(3, 1, [], [Bash.Path]));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Added(2, Bash), Published(2), RolledBack(3, 1, [], [Bash.Path]))
            .When(repository => RollBackRepositoryHandler.Handle(new(Id, 1), repository))
            .ThenNothing();

    [Theory]
    [InlineData(0)]
    [InlineData(2)] // left out
    [InlineData(4)] // wanted, not published yet
    [InlineData(5)]
    public void A_version_that_clients_have_not_seen_is_refused(int version) =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Added(2, Bash), Added(3, NewTree), Published(3), Removed(4, Bash))
            .When(repository => RollBackRepositoryHandler.Handle(new(Id, version), repository))
            .ThenRefused(RepositoryErrors.VersionUnknown);

    [Fact]
    public void What_a_release_holds_is_no_part_of_it() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Held(Bash))
            .When(repository => RollBackRepositoryHandler.Handle(new(Id, 1), repository))
            .ThenNothing();

    [Fact]
    public void What_a_release_holds_may_go_and_come_back_with_the_release() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Added(2, Bash), Published(2), Held(Tree, Bash))
            .When(repository => RollBackRepositoryHandler.Handle(new(Id, 1), repository))
            .Then(RolledBack(3, 1, [], [Bash.Path]));

    [Fact]
    public void Another_file_in_a_place_that_a_release_holds_is_refused() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Removed(2, Tree), Published(2), Held(NewTree))
            .When(repository => RollBackRepositoryHandler.Handle(new(Id, 1), repository))
            .ThenRefused(RepositoryErrors.HeldForRelease);

    [Fact]
    public void An_unknown_repository_is_refused() =>
        Given<Repository>().When(repository => RollBackRepositoryHandler.Handle(new(Id, 1), repository)).ThenRefused(RepositoryErrors.Unknown);

    [Fact]
    public void The_new_revision_is_published() => When(() => RepositoryReactions.When(RolledBack(3, 1, [], []))).Then(new PublishRepository(Id, 3));

    private static ReleasePackagesStaged Held(params RepositoryPackage[] packages) => new(Id, new(5), 1, packages);

    private static RepositoryRolledBack RolledBack(int revision, int version, IReadOnlyList<RepositoryPackage> added, IReadOnlyList<string> removed) =>
        new(Id, revision, version, added, removed);
}
