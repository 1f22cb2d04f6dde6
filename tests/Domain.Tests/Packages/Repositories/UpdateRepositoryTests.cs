using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

public sealed class UpdateRepositoryTests
{
    private static readonly UpdateRepository Update = new(Id, new RepositorySettings { Url = "https://other.example.org/", Priority = 10, MockEnabled = false });

    [Fact]
    public void Only_what_differs_is_recorded() =>
        Given<Repository>(Created)
            .When(repository => UpdateRepositoryHandler.Handle(Update, repository))
            .Then(new RepositoryUpdated(Id, new RepositorySettings { Url = "https://other.example.org/", MockEnabled = false }));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<Repository>(Created, new RepositoryUpdated(Id, Update.Changes))
            .When(repository => UpdateRepositoryHandler.Handle(Update, repository))
            .ThenNothing();

    [Fact]
    public void An_unknown_repository_is_refused() =>
        Given<Repository>().When(repository => UpdateRepositoryHandler.Handle(Update, repository)).ThenRefused(RepositoryErrors.Unknown);
}
