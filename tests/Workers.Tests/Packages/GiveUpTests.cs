using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Workers.Packages.Reports;
using EventSourced.Workers.Packages.Repositories;
using EventSourced.Workers.Packages.Signing;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>What waits for an effect hears of it when that will not be tried again.</summary>
public sealed class GiveUpTests
{
    private const string Reason = "No space left on device";

    [Fact]
    public void A_report_that_cannot_be_looked_at_fails_its_task()
    {
        BuildArtifact[] artifacts = [new(1, "a_1_amd64.deb", ArtifactType.Deb, "/a/1/", "aa")];

        var told = VerifyBuildReportHandler.GiveUp(new(new(7), new(40), artifacts), Reason);

        Assert.Equal((new(7), artifacts), (told.BuildTaskId, told.Artifacts));
        Assert.EndsWith(Reason, told.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_repository_that_cannot_be_published_says_so() => Assert.Equivalent(
        new RecordPublicationFailure(new(7), 3, Reason, []), PublishRepositoryHandler.GiveUp(new PublishRepository(new(7), 3), Reason), strict: true);

    [Fact]
    public void Signatures_that_cannot_be_verified_fail_their_task()
    {
        SignedPackage[] signed = [new(1, "a.rpm", "/a/1/", null, "aa", null)];

        var told = VerifySignaturesHandler.GiveUp(new VerifySignatures(new(7), new(3), "AB12", [], signed), Reason);

        Assert.Equal((new(7), signed), (told.SignTaskId, told.Packages));
        Assert.EndsWith(Reason, told.Error, StringComparison.Ordinal);
    }
}
