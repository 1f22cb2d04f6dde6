using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Support;
using static EventSourced.Domain.Tests.Packages.Releases.Releasing;

namespace EventSourced.Domain.Tests.Packages.Releases;

public sealed class ReleaseRehearsalTests
{
    private static readonly RepositoryPackage Other = Built.InRepository with { Sha256 = "ff" };

    [Fact]
    public void It_comes_to_what_the_commit_comes_to()
    {
        var rehearsal = Rehearse(Repository(First), Repository(Second, new RepositoryPackagesAdded(Second, 1, [Built.InRepository])));

        Assert.Equal((ReleaseStatus.Completed, "Successfully committed release"), (rehearsal.Status, rehearsal.Message));
        Assert.Equal([1, 0], rehearsal.Targets.Select(t => t.Packages.Count));
    }

    [Fact]
    public void What_a_target_refuses_ends_it()
    {
        var rehearsal = Rehearse(Repository(First), Repository(Second, new RepositoryPackagesAdded(Second, 1, [Other])));

        Assert.Equal(ReleaseStatus.Failed, rehearsal.Status);
        Assert.Equal("Cannot commit release: tally_1.0_amd64.deb in devel (amd64): package already in repo and force release is disabled", rehearsal.Message);
        Assert.Empty(rehearsal.Targets);
    }

    [Fact]
    public void What_the_plan_lacks_ends_it_before() =>
        Assert.Equal("Cannot commit release: repository 12 does not exist", ReleaseRehearsal.Of(Commit(First), Folding.Fold<Release>([Planned()]), [Repository(First)], Now).Message);

    [Fact]
    public void What_the_commit_refuses_it_refuses() =>
        Assert.Equal(ReleaseErrors.NotOpen, Assert.Throws<RuleViolationException>(() => ReleaseRehearsal.Of(Commit(), Folding.Fold<Release>(Completed), [], Now)).Code);

    private static RehearsedRelease Rehearse(params Repository[] repositories) => ReleaseRehearsal.Of(Commit(), Folding.Fold<Release>([Planned()]), repositories, Now);

    private static Repository Repository(Domain.Packages.RepositoryId id, params object[] events) =>
        Folding.Fold<Repository>([new RepositoryCreated(id, new("devel", "amd64", "deb", false), RepositorySettings.None, null, null, null), .. events])!;
}
