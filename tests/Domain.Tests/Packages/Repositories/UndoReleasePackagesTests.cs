using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

public sealed class UndoReleasePackagesTests
{
    private static readonly ReleaseId Ours = new(5), Other = new(6);

    private static readonly RepositoryPackage OtherTree = Tree with { Sha256 = "ff", Href = "/a/9/" }, ThirdTree = Tree with { Sha256 = "ee", Href = "/a/8/" };

    /// <summary>Tree has replaced another file, Bash is new.</summary>
    private static object[] Taken =>
    [
        Created, Added(1, OtherTree), Published(1), new ReleasePackagesStaged(Id, Ours, 1, [Tree, Bash]), Added(2, Tree, Bash),
        new ReleasePackagesTaken(Id, Ours, 1, 2, [Tree.Path, Bash.Path], [OtherTree]),
    ];

    private static ReleasePackagesUndone Undone => new(Id, Ours, 2, 3, [OtherTree], [Bash.Path]);

    [Fact]
    public void What_was_brought_leaves_and_what_was_replaced_comes_back()
    {
        Given<Repository>(Taken).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(Undone);
        Given<Repository>([.. Taken, Undone]).When(repository => repository!.Packages.Values).Then(OtherTree);
    }

    [Fact]
    public void Nobody_is_waited_for_who_has_not_seen_it() =>
        Given<Repository>([.. Taken, Undone]).When(repository => RepositoryReactions.When(Undone, repository!))
            .Then(new PublishRepository(Id, 3), new RecordReleasePublished(Ours, 2, Id));

    [Fact]
    public void Who_has_seen_it_has_to_see_it_gone()
    {
        object[] seen = [.. Taken, Published(2), Undone];

        Given<Repository>(seen).When(repository => RepositoryReactions.When(Undone, repository!)).Then(new PublishRepository(Id, 3));
        Given<Repository>([.. seen, Published(3)]).When(repository => RepositoryReactions.When(Published(3), repository!)).Then(new RecordReleasePublished(Ours, 2, Id));
        Given<Repository>(seen).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(new ReleasePublicationAwaited(Id, Ours, 2, 3));
    }

    [Fact]
    public void What_was_there_before_stays() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), new ReleasePackagesStaged(Id, Ours, 1, [Tree]), new ReleasePackagesTaken(Id, Ours, 1, 1, [], []))
            .When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(new ReleasePackagesUndone(Id, Ours, 2, 1, [], []));

    [Fact]
    public void What_has_taken_its_place_since_stays() =>
        Given<Repository>([.. Taken, Added(3, ThirdTree)])
            .When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(new ReleasePackagesUndone(Id, Ours, 2, 4, [], [Bash.Path]));

    [Fact]
    public void What_another_release_has_out_too_stays_and_leaves_with_that_one()
    {
        object[] shared = [.. Taken, new ReleasePackagesStaged(Id, Other, 1, [Tree, Bash]), new ReleasePackagesTaken(Id, Other, 1, 2, [], [])];
        var kept = new ReleasePackagesUndone(Id, Ours, 2, 2, [], []);

        Given<Repository>(shared).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(kept);
        Given<Repository>([.. shared, Published(2)]).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(kept);
        Given<Repository>([.. shared, kept]).When(repository => UndoReleasePackagesHandler.Handle(new(Id, Other, 2), repository))
            .Then(new ReleasePackagesUndone(Id, Other, 2, 3, [OtherTree], [Bash.Path]));
        Given<Repository>([.. shared, Published(2), new ReleasePackagesWithdrawn(Id, Ours, 2, 2)])
            .When(repository => UndoReleasePackagesHandler.Handle(new(Id, Other, 2), repository)).Then(new ReleasePackagesUndone(Id, Other, 2, 3, [OtherTree], [Bash.Path]));
    }

    [Fact]
    public void What_was_taken_before_that_was_recorded_leaves_as_a_whole() =>
        Given<Repository>(Created, new ReleasePackagesStaged(Id, Ours, 1, [Tree, Bash]), Added(1, Tree, Bash), new ReleasePackagesTaken(Id, Ours, 1, 1))
            .When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(new ReleasePackagesUndone(Id, Ours, 2, 2, [], [Tree.Path, Bash.Path]));

    [Fact]
    public void What_was_only_held_is_free_again_and_not_taken_later()
    {
        object[] held = [Created, new ReleasePackagesStaged(Id, Ours, 1, [Tree])];
        var undone = new ReleasePackagesUndone(Id, Ours, 2, 0, [], []);

        Given<Repository>(held).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(undone);
        Given<Repository>([.. held, undone]).When(repository => RepositoryReactions.When(undone, repository!)).Then(new RecordReleasePublished(Ours, 2, Id));
        Given<Repository>([.. held, undone]).When(repository => TakeReleasePackagesHandler.Handle(new(Id, Ours, 1), repository)).ThenNothing();
    }

    [Fact]
    public void Asked_again_the_release_is_told_again()
    {
        Given<Repository>([.. Taken, Undone]).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(new ReleasePublicationAwaited(Id, Ours, 2, 1));
        Given<Repository>([.. Taken, Undone, new ReleasePackagesDropped(Id, Ours, 3)]).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).ThenNothing();
    }

    [Fact]
    public void Who_has_brought_a_file_itself_answers_for_it_once()
    {
        object[] twice =
        [
            Created, Added(1), Published(1), new ReleasePackagesStaged(Id, Ours, 1, [Tree]), Added(2, Tree), new ReleasePackagesTaken(Id, Ours, 1, 2, [Tree.Path], []), Published(2),
            new RepositoryRolledBack(Id, 3, 1, [], [Tree.Path]), Published(3),
            new ReleasePackagesStaged(Id, Other, 1, [Tree]), Added(4, Tree), new ReleasePackagesTaken(Id, Other, 1, 4, [Tree.Path], []), Published(4),
            new ReleasePackagesWithdrawn(Id, Ours, 2, 4),
        ];

        Given<Repository>(twice).When(repository => UndoReleasePackagesHandler.Handle(new(Id, Other, 2), repository))
            .Then(new ReleasePackagesUndone(Id, Other, 2, 5, [], [Tree.Path]));
        Given<Repository>([.. twice, Removed(5, Tree), new ReleasePackagesWithdrawn(Id, Other, 2, 5)]).When(repository => repository!.Packages.Values).ThenNothing();
    }

    [Fact]
    public void What_was_skipped_before_that_was_recorded_leaves_with_who_had_it_out_last()
    {
        object[] old =
        [
            Created, new ReleasePackagesStaged(Id, Ours, 1, [Tree]), Added(1, Tree), new ReleasePackagesTaken(Id, Ours, 1, 1), new ReleasePackagesStaged(Id, Other, 1, [Tree]),
            new ReleasePackagesTaken(Id, Other, 1, 1), Removed(2, Tree), new ReleasePackagesWithdrawn(Id, Ours, 2, 2), new ReleasePackagesWithdrawn(Id, Other, 2, 2),
        ];

        Given<Repository>(old).When(repository => repository!.Releases.Out.Keys).ThenNothing();
    }

    [Fact]
    public void What_is_replaced_does_not_come_back_once_its_own_release_is_gone()
    {
        object[] replaced =
        [
            Created, Added(1, OtherTree), Published(1), new ReleasePackagesStaged(Id, Other, 1, [Tree]), Added(2, Tree), new ReleasePackagesTaken(Id, Other, 1, 2, [Tree.Path], [OtherTree]),
            new ReleasePackagesStaged(Id, Ours, 1, [ThirdTree]), Added(3, ThirdTree), new ReleasePackagesTaken(Id, Ours, 1, 3, [Tree.Path], [Tree]),
        ];

        Given<Repository>(replaced).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(new ReleasePackagesUndone(Id, Ours, 2, 4, [Tree], []));
        Given<Repository>([.. replaced, new ReleasePackagesUndone(Id, Other, 2, 3, [], [])]).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository))
            .Then(new ReleasePackagesUndone(Id, Ours, 2, 4, [OtherTree], []));
        Given<Repository>([.. replaced, Published(3), new ReleasePackagesWithdrawn(Id, Other, 2, 3)]).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository))
            .Then(new ReleasePackagesUndone(Id, Ours, 2, 4, [OtherTree], []));
    }

    [Fact]
    public void What_a_release_holds_is_not_put_in_its_way()
    {
        object[] held = [.. Taken, new ReleasePackagesStaged(Id, Other, 1, [Tree])];

        Given<Repository>(held).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).ThenNothing();
        Given<Repository>([.. held, new ReleasePackagesTaken(Id, Other, 1, 2, [], [])]).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository))
            .Then(new ReleasePackagesUndone(Id, Ours, 2, 3, [], [Bash.Path]));
        Given<Repository>([.. held, new ReleasePackagesDropped(Id, Other, 1)]).When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).Then(Undone);
    }

    [Fact]
    public void What_was_taken_out_by_others_is_not_published_any_more_either()
    {
        object[] gone = [.. Taken, Removed(3, Tree, Bash), new ReleasePackagesUndone(Id, Ours, 2, 3, [], [])];

        Given<Repository>(gone).When(repository => RecordRepositoryVersionHandler.Handle(new(Id, 2, [], null), repository)).ThenNothing();
        Given<Repository>(gone).When(repository => RepositoryReactions.When(new ReleasePackagesUndone(Id, Ours, 2, 3, [], []), repository!))
            .Then(new RecordReleasePublished(Ours, 2, Id));
    }

    [Fact]
    public void Who_still_sees_what_others_have_taken_out_has_to_see_it_gone()
    {
        var undone = new ReleasePackagesUndone(Id, Ours, 2, 3, [], []);
        object[] seen = [.. Taken, Published(2), new RepositoryRolledBack(Id, 3, 1, [OtherTree], [Bash.Path]), undone];

        Given<Repository>(seen).When(repository => RepositoryReactions.When(undone, repository!)).Then(new PublishRepository(Id, 3));
        Given<Repository>([.. seen, Published(3)]).When(repository => RepositoryReactions.When(Published(3), repository!)).Then(new RecordReleasePublished(Ours, 2, Id));
    }

    [Fact]
    public void A_later_attempt_keeps_what_is_held_for_it() =>
        Given<Repository>([.. Taken, Undone, new ReleasePackagesStaged(Id, Ours, 4, [Tree]), new ReleasePackagesDropped(Id, Ours, 3)])
            .When(repository => repository!.Releases.HeldFor(Ours, 4)).Then(Tree);

    [Fact]
    public void An_unknown_repository_is_refused() =>
        Given<Repository>().When(repository => UndoReleasePackagesHandler.Handle(Undo, repository)).ThenRefused(RepositoryErrors.Unknown);

    private static UndoReleasePackages Undo => new(Id, Ours, 2);
}
