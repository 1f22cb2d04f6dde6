using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Tests.Packages.Platforms;

public sealed class LinkPlatformRepositoriesTests
{
    [Fact]
    public void Linking_is_a_union() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Base))
            .When(platform => LinkPlatformRepositoriesHandler.Handle(new(Demo.Id, [Demo.Base, Demo.Extra, Demo.Extra]), platform))
            .Then(Demo.Linked(Demo.Extra));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<Platform>(Demo.Created, Demo.Linked(Demo.Base))
            .When(platform => LinkPlatformRepositoriesHandler.Handle(new(Demo.Id, [Demo.Base]), platform))
            .ThenNothing();

    [Fact]
    public void An_unknown_platform_is_refused() =>
        Given<Platform>().When(platform => LinkPlatformRepositoriesHandler.Handle(new(Demo.Id, [Demo.Base]), platform)).ThenRefused(PlatformErrors.Unknown);
}
