using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

/// <summary>What cannot be published is said, and keeps no release waiting.</summary>
public sealed class RecordPublicationFailureTests
{
    private const string Reason = "createrepo_c cannot describe it";

    private static readonly ReleaseId Ours = new(5), Other = new(6), Third = new(7);

    private static object[] Both =>
    [
        Created, Staged(Ours, Tree), Added(1, Tree), Taken(Ours, 1, Tree), Staged(Other, Bash), Added(2, Bash), Taken(Other, 2, Bash),
    ];

    [Fact]
    public void A_revision_that_nobody_waits_for_has_failed_once()
    {
        Given<Repository>(Created, Added(1, Tree)).When(repository => RecordPublicationFailureHandler.Handle(Failure(1), repository)).Then(Failed(1));
        Given<Repository>(Created, Added(1, Tree), Failed(1)).When(repository => RecordPublicationFailureHandler.Handle(Failure(1), repository)).ThenNothing();
    }

    [Fact]
    public void The_releases_that_have_the_package_out_are_told_and_no_other()
    {
        Given<Repository>([.. Both, Staged(Third, Bash), new ReleasePackagesTaken(Id, Third, 1, 2, [], [])])
            .When(repository => RecordPublicationFailureHandler.Handle(Failure(2, Bash), repository)).Then(Failed(2, Other, Third));
        Given<Repository>(Both).When(repository => RecordPublicationFailureHandler.Handle(Failure(2, Bash), repository)).Then(Failed(2, Other));
        When(() => RepositoryReactions.When(Failed(2, Other))).Then(new RecordReleaseUnpublished(Other, 1, Id, Reason));
    }

    [Fact]
    public void Where_none_did_all_are_told_that_wait_for_the_revision()
    {
        Given<Repository>(Both).When(repository => RecordPublicationFailureHandler.Handle(Failure(2), repository)).Then(Failed(2, Ours, Other));
        Given<Repository>(Both).When(repository => RecordPublicationFailureHandler.Handle(Failure(1), repository)).Then(Failed(1, Ours));
    }

    [Fact]
    public void A_release_that_comes_to_wait_for_a_failed_revision_is_told_when_it_fails_again() =>
        Given<Repository>(Created, Added(1, Tree), Failed(1), Staged(Ours, Tree), new ReleasePackagesTaken(Id, Ours, 1, 1, [], []))
            .When(repository => RecordPublicationFailureHandler.Handle(Failure(1), repository)).Then(Failed(1, Ours));

    [Fact]
    public void A_release_whose_file_has_been_replaced_is_not_told()
    {
        var otherTree = Tree with { Sha256 = "ff", Href = "/a/9/" };
        object[] replaced = [.. Both, Staged(Third, otherTree), Added(3, otherTree), new ReleasePackagesTaken(Id, Third, 1, 3, [Tree.Path], [Tree])];

        Given<Repository>(replaced).When(repository => RecordPublicationFailureHandler.Handle(Failure(3, Tree), repository)).Then(Failed(3, Third));
        Given<Repository>(replaced).When(repository => RecordPublicationFailureHandler.Handle(Failure(2, Tree), repository)).Then(Failed(2, Ours));
    }

    [Fact]
    public void What_has_been_published_meanwhile_has_not_failed() =>
        Given<Repository>([.. Both, Published(2)]).When(repository => RecordPublicationFailureHandler.Handle(Failure(2), repository)).ThenNothing();

    [Fact]
    public void Once_the_release_has_left_older_revisions_do_not_matter()
    {
        object[] undone = [.. Both, Failed(2, Ours), new ReleasePackagesUndone(Id, Ours, 2, 3, [], [Tree.Path])];

        Given<Repository>(undone).When(repository => RecordPublicationFailureHandler.Handle(Failure(2), repository)).ThenNothing();
        Given<Repository>(undone).When(repository => RecordRepositoryVersionHandler.Handle(new(Id, 2, [], null), repository)).ThenNothing();
        Given<Repository>([.. undone, Published(3)]).When(repository => RepositoryReactions.When(Published(3), repository!)).Then(new RecordReleasePublished(Other, 1, Id));
    }

    [Fact]
    public void A_later_version_makes_up_for_it()
    {
        Given<Repository>(Created, Added(1, Tree), Failed(1), Added(2, Bash), Published(2)).When(repository => repository!.Failure).ThenNothing();
        Given<Repository>(Created, Added(1, Tree), Added(2, Bash), Failed(2), Published(1)).When(repository => repository!.Failure).Then(new FailedPublication(2, Reason));
    }

    [Fact]
    public void An_unknown_repository_is_refused() =>
        Given<Repository>().When(repository => RecordPublicationFailureHandler.Handle(Failure(1), repository)).ThenRefused(RepositoryErrors.Unknown);

    private static RecordPublicationFailure Failure(int revision, params RepositoryPackage[] packages) => new(Id, revision, Reason, [.. packages.Select(p => p.Path)]);

    private static RepositoryPublicationFailed Failed(int revision, params ReleaseId[] releases) =>
        new(Id, revision, Reason, [.. releases.Select(r => new ReleaseAttempt(r, 1))]);

    private static ReleasePackagesStaged Staged(ReleaseId release, params RepositoryPackage[] packages) => new(Id, release, 1, packages);

    private static ReleasePackagesTaken Taken(ReleaseId release, int revision, params RepositoryPackage[] packages) =>
        new(Id, release, 1, revision, [.. packages.Select(p => p.Path)], []);
}
