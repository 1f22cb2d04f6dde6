using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.Repositories.Repos;

namespace EventSourced.Domain.Tests.Packages.Repositories;

public sealed class RepositoryAddressTests
{
    private const string Served = "/pulp/content/prod/demo-9-devel-x86_64/";

    private static readonly RepositoryCreated Production = Created with { Settings = new() { Url = Served, Production = true } };

    [Theory]
    [InlineData(Served, Served)]
    [InlineData("/pulp/content/prod/demo-9-devel-x86_64", Served)]
    [InlineData("/pulp/content/prod/demo%2D9-devel-x86%5f64//", Served)]
    [InlineData("/pulp/content/prod/gcc++-x86_64/", "/pulp/content/prod/gcc%2B%2B-x86_64/")]
    [InlineData("/pulp/content/prod/gcc%2b%2B-x86_64", "/pulp/content/prod/gcc%2B%2B-x86_64/")]
    [InlineData("/pulp/content/prod/50%25-x86_64/", "/pulp/content/prod/50%25-x86_64/")]
    public void An_address_has_one_form(string url, string form)
    {
        Assert.Equal(form, RepositoryAddress.Normal(url));
        Assert.Equal(form, RepositoryAddress.Normal(form));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://mirror.example.org/devel")]
    [InlineData("/pulp/content/builds/Demo-9-x86_64-1-br")]
    [InlineData("/pulp/content/prod/")]
    [InlineData("/pulp/content/prod/a-b/c")]
    [InlineData("/pulp/content/prod/a-b%2Fc")]
    [InlineData("/pulp/content/prod/../a-b")]
    [InlineData("/pulp/content/prod/a-b?c=d")]
    [InlineData("/pulp/content/prod/a-b#c")]
    public void What_is_no_address_of_a_production_repository_stays_as_it_is(string? url) => Assert.Equal(url, RepositoryAddress.Normal(url));

    [Fact]
    public void A_repository_is_made_with_the_form_that_it_is_found_by() =>
        Assert.Equal(
            [Production with { OwnerId = null }],
            When(() => CreateRepositoryHandler.Handle(new(new NewRepository(Id, Identity, new() { Url = Served[..^1], Production = true })))).Started<RepositoryCreated>());

    [Theory]
    [InlineData("/pulp/content/prod/other-x86_64/")]
    [InlineData("/pulp/content/prod/demo-9-devel/")]
    [InlineData("/pulp/content/prod/demo-9-devel-x86_64/x/")]
    [InlineData("/pulp/content/prod/demo-9-devel-x86_64/?x=y")]
    [InlineData("/pulp/content/prod/")]
    [InlineData("/pulp/content/demo-9-devel-x86_64/")]
    public void A_production_repository_is_refused_where_it_would_never_be_found(string url)
    {
        When(() => CreateRepositoryHandler.Handle(new(new NewRepository(Id, Identity, new() { Url = url, Production = true })))).ThenRefused(RepositoryErrors.AddressInvalid);
        Given<Repository>(Production).When(repository => UpdateRepositoryHandler.Handle(new(Id, new() { Url = url }), repository)).ThenRefused(RepositoryErrors.AddressInvalid);

        var other = Created with { Settings = new() { Url = url } };
        Given<Repository>(other).When(repository => UpdateRepositoryHandler.Handle(new(Id, new() { Production = true }), repository)).ThenRefused(RepositoryErrors.AddressInvalid);
        Given<Repository>(other).When(repository => UpdateRepositoryHandler.Handle(new(Id, new() { Url = Served, Production = true }), repository))
            .Then(new RepositoryUpdated(Id, new() { Url = Served, Production = true }));
    }

    [Fact]
    public void One_that_was_recorded_where_it_is_not_found_may_change_otherwise() =>
        Given<Repository>(Production with { Settings = new() { Url = "/pulp/content/prod/other-x86_64/", Production = true } })
            .When(repository => UpdateRepositoryHandler.Handle(new(Id, new() { Url = "/pulp/content/prod/other-x86_64/", Production = true, Priority = 3 }), repository))
            .Then(new RepositoryUpdated(Id, new() { Priority = 3 }));

    [Fact]
    public void Another_form_of_its_address_changes_nothing() =>
        Given<Repository>(Production).When(repository => UpdateRepositoryHandler.Handle(new(Id, new() { Url = Served[..^1], Production = true }), repository)).ThenNothing();

    [Fact]
    public void One_that_becomes_a_production_repository_of_ours_is_opened_once()
    {
        var updated = new RepositoryUpdated(Id, new() { Url = Served, Production = true });

        Given<Repository>(Created, updated).When(repository => RepositoryReactions.When(updated, repository!)).Then(new OpenRepository(Id));
        Given<Repository>(Created, updated, Added(1)).When(repository => RepositoryReactions.When(updated, repository!)).ThenNothing();
        Given<Repository>(Created, new RepositoryUpdated(Id, new() { Url = Served })).When(repository => RepositoryReactions.When(updated, repository!)).ThenNothing();
        Given<Repository>(Created, new RepositoryUpdated(Id, new() { Production = true })).When(repository => RepositoryReactions.When(updated, repository!)).ThenNothing();
    }
}
