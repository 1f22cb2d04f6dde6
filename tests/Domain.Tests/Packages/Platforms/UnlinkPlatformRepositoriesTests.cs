using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Tests.Packages.Platforms;

public sealed class UnlinkPlatformRepositoriesTests
{
    [Fact]
    public void What_was_linked_is_unlinked() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Base, Demo.Extra))
            .When(platform => UnlinkPlatformRepositoriesHandler.Handle(new(Demo.Id, [Demo.Extra, Demo.Third]), platform))
            .Then(new PlatformRepositoriesUnlinked(Demo.Id, [Demo.Extra]));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Base), new PlatformRepositoriesUnlinked(Demo.Id, [Demo.Base]))
            .When(platform => UnlinkPlatformRepositoriesHandler.Handle(new(Demo.Id, [Demo.Base]), platform))
            .ThenNothing();

    [Fact]
    public void An_unknown_platform_is_refused() =>
        Given<Platform>().When(platform => UnlinkPlatformRepositoriesHandler.Handle(new(Demo.Id, [Demo.Base]), platform)).ThenRefused(PlatformErrors.Unknown);
}
