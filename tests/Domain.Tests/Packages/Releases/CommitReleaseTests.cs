using EventSourced.Domain.Packages.Releases;
using static EventSourced.Domain.Tests.Packages.Releases.Releasing;

namespace EventSourced.Domain.Tests.Packages.Releases;

public sealed class CommitReleaseTests
{
    private const string NowhereToGo = """{"package": {"full_name": "doc_1.0_all.deb"}, "repositories": []}""";

    [Fact]
    public void A_commit_asks_the_targets_in_the_order_of_their_ids() =>
        Given<Release>(Planned()).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).Then(Begun());

    [Fact]
    public void A_failed_one_is_tried_again() =>
        Given<Release>(Planned(), Begun(), Failed("no")).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).Then(Begun(attempt: 2));

    [Fact]
    public void It_fails_where_a_target_is_no_candidate() =>
        Given<Release>(Planned()).When(release => CommitReleaseHandler.Handle(Commit() with { Candidates = [Second] }, release, Now))
            .Then(Failed("tally_1.0_amd64.deb cannot go to repository 11, which is no production repository for it"));

    [Fact]
    public void What_has_no_repository_is_left_out_and_said()
    {
        var plan = PlanOf($$"""{"package": {"full_name": "tally_1.0_amd64.deb", "force": true}, "repositories": [{"id": 11}]}, {{NowhereToGo}}""", """, "modules": [{}]""");

        Given<Release>(Planned(plan)).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).Then(new ReleaseCommitBegun(
            Id, 1, [new(First, [new(Built.InRepository, IsForced: true)])],
            ["doc_1.0_all.deb has no repository to go to and was left out.", "Modules are not released here."], Lease, Now + Lease));
    }

    [Theory]
    [InlineData("""{}""", "the plan has no packages or no repositories")]
    [InlineData("""{"packages": [], "repositories": [{"id": 11}]}""", "the plan has no packages or no repositories")]
    [InlineData("""{"packages": [{"package": {"full_name": "x"}, "repositories": []}]}""", "the plan has no packages or no repositories")]
    [InlineData("""{"packages": [{"package": {"full_name": "x"}, "repositories": [{"id": 99}]}], "repositories": [{}]}""", "repository 99 does not exist")]
    [InlineData("""{"packages": [{"package": {"full_name": "x"}, "repositories": []}], "repositories": [{}]}""", "no package has a repository to go to")]
    [InlineData("""{"packages": [{"package": {"full_name": "x"}, "repositories": [{"id": 11}]}], "repositories": [{}]}""", "x is no package of the release's builds")]
    [InlineData("""{"packages": [{"package": {}, "repositories": []}]}""", "packages[0] of the plan lacks package.full_name, or repositories with an id")]
    [InlineData("""{"packages": [{"package": {"full_name": "x"}, "repositories": [{"id": "eleven"}]}]}""", "packages[0] of the plan lacks package.full_name, or repositories with an id")]
    [InlineData("""[]""", "the plan is no object")]
    public void What_cannot_be_done_ends_the_release_with_the_reason(string plan, string reason) =>
        Given<Release>(Planned(FreeJson.Parse(plan))).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).Then(Failed(reason));

    [Fact]
    public void In_the_current_form_every_build_has_to_be_signed() =>
        Given<Release>(Planned(product: 1)).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).Then(Failed("build 40 is not signed"));

    [Fact]
    public void In_the_current_form_by_a_key_of_the_platform() =>
        Given<Release>(Planned(product: 1))
            .When(release => CommitReleaseHandler.Handle(Commit() with { Signatures = [new(OneBuild, IsSigned: true, "AB12")] }, release, Now))
            .Then(Failed("build 40 is signed by AB12, a key of neither the platform nor a compatible one"));

    [Fact]
    public void Signed_builds_are_released_in_the_current_form() =>
        Given<Release>(Planned(product: 1))
            .When(release => CommitReleaseHandler.Handle(Commit() with { Signatures = [new(OneBuild, IsSigned: true, null)] }, release, Now)).Then(Begun());

    [Fact]
    public void Signatures_are_asked_for_before_repositories() =>
        Given<Release>(Planned(product: 1)).When(release => CommitReleaseHandler.Handle(Commit() with { Known = [] }, release, Now)).Then(Failed("build 40 is not signed"));

    [Fact]
    public void Two_commits_at_once_are_one() =>
        Given<Release>(Planned(), Begun()).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).ThenRefused(ReleaseErrors.NotOpen);

    [Fact]
    public void After_it_was_carried_out_it_is_refused() =>
        Given<Release>(Completed).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).ThenRefused(ReleaseErrors.NotOpen);

    [Fact]
    public void While_it_is_taken_back_and_after_that_it_is_refused()
    {
        object[] withdrawing = [.. Completed, new ReleaseRevertBegun(Id, 2, Lease, Now + Lease)];
        object[] reverted = [.. withdrawing, new ReleaseReverted(Id, 2, "")];

        Given<Release>(withdrawing).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).ThenRefused(ReleaseErrors.NotOpen);
        Given<Release>(reverted).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).ThenRefused(ReleaseErrors.NotOpen);
    }

    [Fact]
    public void Behind_the_point_of_no_return_it_is_refused() =>
        Given<Release>(Decided).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).ThenRefused(ReleaseErrors.NotOpen);

    [Fact]
    public void An_unknown_or_deleted_release_is_refused()
    {
        Given<Release>().When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).ThenRefused(ReleaseErrors.Unknown);
        Given<Release>(Planned(), new ReleaseDeleted(Id)).When(release => CommitReleaseHandler.Handle(Commit(), release, Now)).ThenRefused(ReleaseErrors.Unknown);
    }
}
