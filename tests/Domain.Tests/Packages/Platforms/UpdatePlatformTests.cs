using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Tests.Packages.Platforms;

public sealed class UpdatePlatformTests
{
    [Fact]
    public void What_is_given_replaces_the_old_as_a_whole() =>
        Given<Platform>(Demo.Created)
            .When(platform => UpdatePlatformHandler.Handle(
                new(Demo.Id, PlatformType.Deb, new PlatformSettings { Data = FreeJson.Parse("""{"mock": {}}"""), ArchList = ["amd64", "i386"] }, null), platform, []))
            .Then(new PlatformUpdated(
                Demo.Id, PlatformType.Deb, new PlatformSettings { Data = FreeJson.Parse("""{"mock": {}}"""), ArchList = ["amd64", "i386"] }));

    [Fact]
    public void What_is_already_so_is_no_change() =>
        Given<Platform>(Demo.Created)
            .When(platform => UpdatePlatformHandler.Handle(
                new(Demo.Id, PlatformType.Rpm, Demo.Settings with { Data = FreeJson.Parse("""{"definitions":{"vendor":"Demo"}}""") }, null), platform, []))
            .ThenNothing();

    [Fact]
    public void Repeating_an_update_changes_nothing() =>
        Given<Platform>(Demo.Created, new PlatformUpdated(Demo.Id, PlatformType.Deb, new PlatformSettings { Priority = 9, TestDistName = "d" }))
            .When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, PlatformType.Deb, new() { Priority = 9, TestDistName = "d" }, null), platform, []))
            .ThenNothing();

    [Fact]
    public void A_full_list_of_repositories_links_and_unlinks() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Base, Demo.Extra))
            .When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, null, PlatformSettings.None, [Demo.Extra, Demo.Third]), platform, []))
            .Then(new PlatformRepositoriesUnlinked(Demo.Id, [Demo.Base]), Demo.Linked(Demo.Third));

    [Fact]
    public void Without_a_list_the_repositories_stay() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Base))
            .When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, null, new() { Priority = 6 }, null), platform, []))
            .Then(new PlatformUpdated(Demo.Id, null, new PlatformSettings { Priority = 6 }));

    [Fact]
    public void Its_repositories_are_made_and_changed_with_it() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Extra, Demo.Third))
            .When(platform => UpdatePlatformHandler.Handle(WithRepositories, platform, [Known(Demo.Extra), Known(Demo.Third)]))
            .Then(
                new PlatformRepositoriesUnlinked(Demo.Id, [Demo.Third]),
                Demo.Linked(Demo.Base),
                new ChangedStream<Repository>("repository-2", [new RepositoryUpdated(Demo.Extra, new RepositorySettings { Url = "https://other.example.org/" })]),
                new NewStream<RepositoryName>("repository_name-demo-9-base/x86_64/rpm/main", [new RepositoryNameTaken(Demo.Repository().Identity, Demo.Base)]),
                new NewStream<Repository>(
                    "repository-1", [new RepositoryCreated(Demo.Base, Demo.Repository().Identity, Demo.Repository().Settings, 7, null, null)]));

    [Fact]
    public void A_known_repository_that_stays_as_it_is_has_no_event() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Extra))
            .When(platform => UpdatePlatformHandler.Handle(
                new(Demo.Id, null, PlatformSettings.None, [Demo.Extra]) { KnownRepositories = [new(Demo.Extra, Demo.Repository().Settings)] }, platform, [Known(Demo.Extra)]))
            .ThenNothing();

    [Fact]
    public void An_unknown_repository_is_refused() =>
        Given<Platform>(Demo.Created).When(platform => UpdatePlatformHandler.Handle(WithRepositories, platform, [])).ThenRefused(RepositoryErrors.Unknown);

    [Fact]
    public void A_repository_named_like_a_builds_is_refused() =>
        Given<Platform>(Demo.Created)
            .When(platform => UpdatePlatformHandler.Handle(
                new(Demo.Id, null, PlatformSettings.None, [Demo.Base]) { NewRepositories = [Demo.Repository("Demo-9-x86_64-40-br")] }, platform, []))
            .ThenRefused(RepositoryErrors.NameReserved);

    [Fact]
    public void The_names_of_its_reference_platforms_are_replaced() =>
        Given<Platform>(Demo.Created, new PlatformUpdated(Demo.Id, null, new() { ReferencePlatforms = ["A", "B"] }))
            .When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, null, new() { ReferencePlatforms = ["B"] }, null), platform, []))
            .Then(new PlatformUpdated(Demo.Id, null, new() { ReferencePlatforms = ["B"] }));

    [Fact]
    public void Arches_that_Debian_does_not_know_are_refused_when_they_are_given() =>
        Given<Platform>(Demo.Created, new PlatformUpdated(Demo.Id, PlatformType.Deb, PlatformSettings.None))
            .When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, null, new() { ArchList = ["amd64", "X86"] }, null), platform, []))
            .ThenRefused(PlatformErrors.ArchInvalid);

    [Fact]
    public void A_platform_becomes_Debians_with_Debians_arches_only() =>
        Given<Platform>(Demo.Created).When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, PlatformType.Deb, PlatformSettings.None, null), platform, []))
            .ThenRefused(PlatformErrors.ArchInvalid);

    [Fact]
    public void An_unknown_platform_is_refused() =>
        Given<Platform>().When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, null, PlatformSettings.None, null), platform, []))
            .ThenRefused(PlatformErrors.Unknown);

    private static UpdatePlatform WithRepositories => new(Demo.Id, null, PlatformSettings.None, [Demo.Base, Demo.Extra])
    {
        NewRepositories = [Demo.Repository()],
        KnownRepositories = [new UpdateRepository(Demo.Extra, new RepositorySettings { Url = "https://other.example.org/", Production = true })],
    };

    private static Repository Known(RepositoryId id) =>
        Repository.Create(new RepositoryCreated(id, Demo.Repository().Identity with { Arch = $"a{id.Value}" }, Demo.Repository().Settings, 7, null, null));
}
