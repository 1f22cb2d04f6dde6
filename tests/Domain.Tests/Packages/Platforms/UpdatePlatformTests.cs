using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Tests.Packages.Platforms;

public sealed class UpdatePlatformTests
{
    [Fact]
    public void What_is_given_replaces_the_old_as_a_whole() =>
        Given<Platform>(Demo.Created)
            .When(platform => UpdatePlatformHandler.Handle(
                new(Demo.Id, PlatformType.Deb, new PlatformSettings { Data = FreeJson.Parse("""{"mock": {}}"""), ArchList = ["x86_64", "i686"] }, null), platform))
            .Then(new PlatformUpdated(
                Demo.Id, PlatformType.Deb, new PlatformSettings { Data = FreeJson.Parse("""{"mock": {}}"""), ArchList = ["x86_64", "i686"] }));

    [Fact]
    public void What_is_already_so_is_no_change() =>
        Given<Platform>(Demo.Created)
            .When(platform => UpdatePlatformHandler.Handle(
                new(Demo.Id, PlatformType.Rpm, Demo.Settings with { Data = FreeJson.Parse("""{"definitions":{"vendor":"Demo"}}""") }, null), platform))
            .ThenNothing();

    [Fact]
    public void Repeating_an_update_changes_nothing() =>
        Given<Platform>(Demo.Created, new PlatformUpdated(Demo.Id, PlatformType.Deb, new PlatformSettings { Priority = 9, TestDistName = "d" }))
            .When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, PlatformType.Deb, new() { Priority = 9, TestDistName = "d" }, null), platform))
            .ThenNothing();

    [Fact]
    public void A_full_list_of_repositories_links_and_unlinks() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Base, Demo.Extra))
            .When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, null, PlatformSettings.None, [Demo.Extra, Demo.Third]), platform))
            .Then(new PlatformRepositoriesUnlinked(Demo.Id, [Demo.Base]), Demo.Linked(Demo.Third));

    [Fact]
    public void Without_a_list_the_repositories_stay() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Base))
            .When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, null, new() { Priority = 6 }, null), platform))
            .Then(new PlatformUpdated(Demo.Id, null, new PlatformSettings { Priority = 6 }));

    [Fact]
    public void An_unknown_platform_is_refused() =>
        Given<Platform>().When(platform => UpdatePlatformHandler.Handle(new(Demo.Id, null, PlatformSettings.None, null), platform))
            .ThenRefused(PlatformErrors.Unknown);
}
