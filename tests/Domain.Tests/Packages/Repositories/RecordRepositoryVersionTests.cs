using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

public sealed class RecordRepositoryVersionTests
{
    [Fact]
    public void A_revision_becomes_the_published_version() =>
        Given<Repository>(Created, Added(1, Tree))
            .When(repository => RecordRepositoryVersionHandler.Handle(Record(1), repository))
            .Then(Published(1));

    [Fact]
    public void Revisions_may_be_left_out() =>
        Given<Repository>(Created, Added(1, Tree), Published(1), Added(2, Bash), Added(3, Tree with { Sha256 = "ff" }))
            .When(repository => RecordRepositoryVersionHandler.Handle(Record(3), repository))
            .Then(Published(3));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_same_or_an_older_one_comes_too_late(int version) =>
        Given<Repository>(Created, Added(1, Tree), Added(2, Bash), Published(2))
            .When(repository => RecordRepositoryVersionHandler.Handle(Record(version), repository))
            .ThenNothing();

    [Fact]
    public void A_revision_that_does_not_exist_is_refused() =>
        Given<Repository>(Created, Added(1, Tree))
            .When(repository => RecordRepositoryVersionHandler.Handle(Record(2), repository))
            .ThenRefused(RepositoryErrors.RevisionUnknown);

    [Fact]
    public void An_unknown_repository_is_refused() =>
        Given<Repository>().When(repository => RecordRepositoryVersionHandler.Handle(Record(1), repository)).ThenRefused(RepositoryErrors.Unknown);

    private static RecordRepositoryVersion Record(int version) => new(Id, version, [Metadata], "AB12");
}
