using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

/// <summary>What a repository does for releases: hold, take, drop, give back.</summary>
public sealed class ReleasePackagesTests
{
    private static readonly ReleaseId Ours = new(5), Other = new(6);

    private static readonly RepositoryPackage OtherTree = Tree with { Sha256 = "ff", Href = "/a/9/" };

    [Fact]
    public void Packages_are_held() =>
        Given<Repository>(Created).When(repository => StageReleasePackagesHandler.Handle(Stage(Tree, Bash), repository)).Then(Staged(1, Tree, Bash));

    [Fact]
    public void The_very_same_file_needs_no_force() =>
        Given<Repository>(Created, Added(1, Tree)).When(repository => StageReleasePackagesHandler.Handle(Stage(Tree, Bash), repository)).Then(Staged(1, Tree, Bash));

    [Fact]
    public void Where_digests_are_not_known_the_same_artifact_is_the_same_file() =>
        Given<Repository>(Created, Added(1, Tree with { Sha256 = null }))
            .When(repository => StageReleasePackagesHandler.Handle(Stage(Tree), repository)).Then(Staged(1, Tree));

    [Fact]
    public void Another_file_of_the_name_refuses_all() =>
        Given<Repository>(Created, Added(1, OtherTree)).When(repository => StageReleasePackagesHandler.Handle(Stage(Bash, Tree), repository))
            .Then(new ReleasePackagesRefused(
                Id, Ours, 1, "tree-2.1.x86_64.rpm in demo-9-devel (x86_64): package already in repo and force release is disabled"));

    [Fact]
    public void One_of_another_epoch_says_so() =>
        Given<Repository>(Created, Added(1, OtherTree with { Epoch = "1" })).When(repository => StageReleasePackagesHandler.Handle(Stage(Tree with { Epoch = "0" }), repository))
            .Then(new ReleasePackagesRefused(
                Id, Ours, 1,
                "tree-2.1.x86_64.rpm in demo-9-devel (x86_64): package already in repo and force release is disabled; there it has epoch 1, here 0, and one place can have only one of them"));

    [Fact]
    public void Unless_it_is_forced() =>
        Given<Repository>(Created, Added(1, OtherTree))
            .When(repository => StageReleasePackagesHandler.Handle(new(Id, Ours, 1, [new(Tree, IsForced: true)]), repository)).Then(Staged(1, Tree));

    [Fact]
    public void What_another_release_holds_is_refused_also_by_force() =>
        Given<Repository>(Created, Staged(1, Tree) with { ReleaseId = Other })
            .When(repository => StageReleasePackagesHandler.Handle(new(Id, Ours, 1, [new(Tree, IsForced: true)]), repository))
            .Then(new ReleasePackagesRefused(Id, Ours, 1, "tree-2.1.x86_64.rpm is being released to demo-9-devel (x86_64) by release 6"));

    [Fact]
    public void Asked_again_nothing_more_is_held()
    {
        Given<Repository>(Created, Staged(1, Tree)).When(repository => StageReleasePackagesHandler.Handle(Stage(Tree), repository)).ThenNothing();
        Given<Repository>(Created, Staged(1, Tree), Dropped).When(repository => StageReleasePackagesHandler.Handle(Stage(Tree), repository)).ThenNothing();
        Given<Repository>(Created, Dropped).When(repository => StageReleasePackagesHandler.Handle(Stage(Tree), repository)).ThenNothing();
    }

    [Fact]
    public void The_next_attempt_is_held_again() =>
        Given<Repository>(Created, Staged(1, Tree), Dropped)
            .When(repository => StageReleasePackagesHandler.Handle(Stage(Tree) with { Attempt = 2 }, repository)).Then(Staged(2, Tree));

    [Fact]
    public void What_is_held_is_taken_as_one_revision() =>
        Given<Repository>(Created, Added(1, Bash), Staged(1, Tree)).When(repository => TakeReleasePackagesHandler.Handle(new(Id, Ours, 1), repository))
            .Then(Added(2, Tree), new ReleasePackagesTaken(Id, Ours, 1, 2, [Tree.Path], []));

    [Fact]
    public void What_it_replaces_is_kept_in_mind() =>
        Given<Repository>(Created, Added(1, OtherTree), Staged(1, Tree, Bash)).When(repository => TakeReleasePackagesHandler.Handle(new(Id, Ours, 1), repository))
            .Then(Added(2, Tree, Bash), new ReleasePackagesTaken(Id, Ours, 1, 2, [Tree.Path, Bash.Path], [OtherTree]));

    [Fact]
    public void Nothing_to_take_is_no_revision() =>
        Given<Repository>(Created, Added(1, Tree), Staged(1, Tree with { Href = "/elsewhere/" }))
            .When(repository => TakeReleasePackagesHandler.Handle(new(Id, Ours, 1), repository))
            .Then(new ReleasePackagesTaken(Id, Ours, 1, 1, [], []));

    [Fact]
    public void What_was_there_and_has_been_rolled_back_comes_back_with_the_release() =>
        Given<Repository>(Created, Added(1, Bash), Published(1), Added(2, Tree), Published(2), Staged(1, Tree), new RepositoryRolledBack(Id, 3, 1, [], [Tree.Path]))
            .When(repository => TakeReleasePackagesHandler.Handle(new(Id, Ours, 1), repository))
            .Then(Added(4, Tree), new ReleasePackagesTaken(Id, Ours, 1, 4, [Tree.Path], []));

    [Fact]
    public void A_release_that_is_taken_and_rolled_back_before_it_is_published_has_ended_all_the_same() =>
        Given<Repository>(
                Created, Added(1, Bash), Published(1), Staged(1, Tree), Added(2, Tree), new ReleasePackagesTaken(Id, Ours, 1, 2),
                new RepositoryRolledBack(Id, 3, 1, [], [Tree.Path]), Published(3))
            .When(repository => RepositoryReactions.When(Published(3), repository!)).Then(new RecordReleasePublished(Ours, 1, Id));

    [Fact]
    public void A_release_whose_packages_were_rolled_back_can_be_taken_back() =>
        Given<Repository>(
                Created, Added(1, Bash), Published(1), Staged(1, Tree), Added(2, Tree), new ReleasePackagesTaken(Id, Ours, 1, 2), Published(2),
                new RepositoryRolledBack(Id, 3, 1, [], [Tree.Path]), Published(3))
            .When(repository => WithdrawReleasePackagesHandler.Handle(new(Id, Ours, 2, [Tree]), repository)).Then(new ReleasePackagesWithdrawn(Id, Ours, 2, 3));

    [Fact]
    public void Asked_again_it_asks_for_the_publication() =>
        Given<Repository>(Created, Staged(1, Tree), Added(1, Tree), new ReleasePackagesTaken(Id, Ours, 1, 1))
            .When(repository => TakeReleasePackagesHandler.Handle(new(Id, Ours, 1), repository)).Then(new ReleasePublicationAwaited(Id, Ours, 1, 1));

    [Fact]
    public void A_take_of_what_was_dropped_changes_nothing() =>
        Given<Repository>(Created, Staged(1, Tree), Dropped).When(repository => TakeReleasePackagesHandler.Handle(new(Id, Ours, 1), repository)).ThenNothing();

    [Fact]
    public void What_was_never_held_is_not_taken() =>
        Given<Repository>(Created).When(repository => TakeReleasePackagesHandler.Handle(new(Id, Ours, 1), repository)).ThenRefused(RepositoryErrors.NothingHeld);

    [Fact]
    public void What_is_held_is_dropped_once()
    {
        Given<Repository>(Created, Staged(1, Tree)).When(repository => DropReleasePackagesHandler.Handle(new(Id, Ours, 1), repository)).Then(Dropped);
        Given<Repository>(Created).When(repository => DropReleasePackagesHandler.Handle(new(Id, Ours, 1), repository)).Then(Dropped);
        Given<Repository>(Created, Dropped).When(repository => DropReleasePackagesHandler.Handle(new(Id, Ours, 1), repository)).ThenNothing();
        Given<Repository>(Created, Staged(1, Tree) with { ReleaseId = Other }, Dropped)
            .When(repository => StageReleasePackagesHandler.Handle(Stage(Tree) with { ReleaseId = Other }, repository)).ThenNothing();
    }

    [Fact]
    public void A_release_taken_back_leaves_what_has_taken_its_place() =>
        Given<Repository>(Created, Added(1, Tree, Bash), Added(2, OtherTree))
            .When(repository => WithdrawReleasePackagesHandler.Handle(new(Id, Ours, 2, [Tree, Bash]), repository))
            .Then(new RepositoryPackagesRemoved(Id, 3, [Bash.Path]), new ReleasePackagesWithdrawn(Id, Ours, 2, 3));

    [Fact]
    public void What_another_release_has_out_stays_until_that_one_is_taken_back()
    {
        object[] both =
        [
            Created, Staged(1, Tree, Bash), Added(1, Tree, Bash), Taken(Ours), Staged(1, Tree) with { ReleaseId = Other }, Taken(Other),
        ];
        var withdrawn = new ReleasePackagesWithdrawn(
            Id, Ours, 2, 2, ["tree-2.1.x86_64.rpm stays in demo-9-devel (x86_64), where release 6 has it out too."]);

        Given<Repository>(both).When(repository => WithdrawReleasePackagesHandler.Handle(new(Id, Ours, 2, [Tree, Bash]), repository))
            .Then(new RepositoryPackagesRemoved(Id, 2, [Bash.Path]), withdrawn);
        Given<Repository>([.. both, new RepositoryPackagesRemoved(Id, 2, [Bash.Path]), withdrawn])
            .When(repository => WithdrawReleasePackagesHandler.Handle(new(Id, Other, 2, [Tree]), repository))
            .Then(new RepositoryPackagesRemoved(Id, 3, [Tree.Path]), new ReleasePackagesWithdrawn(Id, Other, 2, 3));
        Given<Repository>([.. both, withdrawn, Published(2)]).When(repository => RepositoryReactions.When(Published(2), repository!))
            .Then(new RecordReleasePublished(Ours, 2, Id, withdrawn.Warnings), new RecordReleasePublished(Other, 1, Id));

        ReleasePackagesTaken Taken(ReleaseId release) => new(Id, release, 1, 1);
    }

    [Fact]
    public void What_another_release_put_in_its_place_keeps_nothing() =>
        Given<Repository>(
                Created, Staged(1, OtherTree) with { ReleaseId = Other }, Added(1, OtherTree), new ReleasePackagesTaken(Id, Other, 1, 1),
                Staged(1, Tree), Added(2, Tree), new ReleasePackagesTaken(Id, Ours, 1, 2))
            .When(repository => WithdrawReleasePackagesHandler.Handle(new(Id, Ours, 2, [Tree]), repository))
            .Then(new RepositoryPackagesRemoved(Id, 3, [Tree.Path]), new ReleasePackagesWithdrawn(Id, Ours, 2, 3));

    [Fact]
    public void Nothing_left_to_take_back_is_no_revision() =>
        Given<Repository>(Created, Added(1, Bash))
            .When(repository => WithdrawReleasePackagesHandler.Handle(new(Id, Ours, 2, [Tree]), repository)).Then(new ReleasePackagesWithdrawn(Id, Ours, 2, 1));

    [Fact]
    public void Asked_back_again_it_asks_for_the_publication() =>
        Given<Repository>(Created, Added(1, Tree), new RepositoryPackagesRemoved(Id, 2, [Tree.Path]), new ReleasePackagesWithdrawn(Id, Ours, 2, 2))
            .When(repository => WithdrawReleasePackagesHandler.Handle(new(Id, Ours, 2, [Tree]), repository)).Then(new ReleasePublicationAwaited(Id, Ours, 2, 2));

    [Fact]
    public void An_unknown_repository_is_refused()
    {
        Given<Repository>().When(repository => StageReleasePackagesHandler.Handle(Stage(Tree), repository)).ThenRefused(RepositoryErrors.Unknown);
        Given<Repository>().When(repository => TakeReleasePackagesHandler.Handle(new(Id, Ours, 1), repository)).ThenRefused(RepositoryErrors.Unknown);
        Given<Repository>().When(repository => DropReleasePackagesHandler.Handle(new(Id, Ours, 1), repository)).ThenRefused(RepositoryErrors.Unknown);
        Given<Repository>().When(repository => WithdrawReleasePackagesHandler.Handle(new(Id, Ours, 2, []), repository)).ThenRefused(RepositoryErrors.Unknown);
    }

    [Fact]
    public void The_release_is_told_whether_its_packages_are_held()
    {
        When(() => RepositoryReactions.When(Staged(1, Tree))).Then(new RecordReleaseStaging(Ours, 1, Id, null));
        When(() => RepositoryReactions.When(new ReleasePackagesRefused(Id, Ours, 1, "no"))).Then(new RecordReleaseStaging(Ours, 1, Id, "no"));
    }

    [Fact]
    public void The_release_is_told_once_its_revision_or_a_later_one_is_published()
    {
        object[] taken = [Created, Staged(1, Tree), Added(1, Tree), new ReleasePackagesTaken(Id, Ours, 1, 1)];
        Given<Repository>(taken).When(repository => RepositoryReactions.When(new ReleasePackagesTaken(Id, Ours, 1, 1), repository!)).ThenNothing();
        Given<Repository>([.. taken, Added(2, Bash), Published(2)]).When(repository => RepositoryReactions.When(Published(2), repository!))
            .Then(new RecordReleasePublished(Ours, 1, Id));
        Given<Repository>([.. taken, Published(1), Added(2, Bash), Published(2)]).When(repository => RepositoryReactions.When(Published(2), repository!)).ThenNothing();
    }

    [Fact]
    public void A_release_that_changed_nothing_is_told_at_once() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Staged(1), new ReleasePackagesTaken(Id, Ours, 1, 1))
            .When(repository => RepositoryReactions.When(new ReleasePackagesTaken(Id, Ours, 1, 1), repository!)).Then(new RecordReleasePublished(Ours, 1, Id));

    [Fact]
    public void An_awaited_publication_is_asked_for_or_told()
    {
        var awaited = new ReleasePublicationAwaited(Id, Ours, 1, 1);
        Given<Repository>(Created, Added(1, Tree), awaited).When(repository => RepositoryReactions.When(awaited, repository!)).Then(new PublishRepository(Id, 1));
        Given<Repository>(Created, Added(1, Tree), Published(1), awaited).When(repository => RepositoryReactions.When(awaited, repository!))
            .Then(new RecordReleasePublished(Ours, 1, Id));
    }

    private static StageReleasePackages Stage(params RepositoryPackage[] packages) => new(Id, Ours, 1, [.. packages.Select(p => new ReleasePackage(p, IsForced: false))]);

    private static ReleasePackagesStaged Staged(int attempt, params RepositoryPackage[] packages) => new(Id, Ours, attempt, packages);

    private static ReleasePackagesDropped Dropped => new(Id, Ours, 1);
}
