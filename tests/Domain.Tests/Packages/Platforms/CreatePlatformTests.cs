using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Tests.Packages.Platforms;

public sealed class CreatePlatformTests
{
    private static readonly PlatformNameTaken NameTaken = new("Demo-9", Demo.Id);

    [Fact]
    public void A_platform_takes_its_name() =>
        When(() => CreatePlatformHandler.Handle(new(Demo.Id, "Demo-9", PlatformType.Rpm, Demo.Settings, [])))
            .Then(new NewStream<PlatformName>("platform_name-Demo-9", [NameTaken]), new NewStream<Platform>("platform-7", [Demo.Created]));

    [Fact]
    public void Its_repositories_are_made_and_linked() =>
        When(() => CreatePlatformHandler.Handle(new(Demo.Id, "Demo-9", PlatformType.Rpm, Demo.Settings, [Demo.Repository()])))
            .Then(
                new NewStream<PlatformName>("platform_name-Demo-9", [NameTaken]),
                new NewStream<Platform>("platform-7", [Demo.Created, Demo.Linked(Demo.Base)]),
                new NewStream<RepositoryName>("repository_name-demo-9-base/x86_64/rpm/main", [new RepositoryNameTaken(Demo.Repository().Identity, Demo.Base)]),
                new NewStream<Repository>(
                    "repository-1", [new RepositoryCreated(Demo.Base, Demo.Repository().Identity, Demo.Repository().Settings, 7, null, null)]));

    [Fact]
    public void A_repository_named_like_a_builds_is_refused() =>
        When(() => CreatePlatformHandler.Handle(new(Demo.Id, "Demo-9", PlatformType.Rpm, Demo.Settings, [Demo.Repository("Demo-9-x86_64-40-br")])))
            .ThenRefused(RepositoryErrors.NameReserved);

    [Theory]
    [InlineData("x86_64")]
    [InlineData("AMD64")]
    [InlineData("-a")]
    [InlineData("")]
    public void An_arch_that_Debian_does_not_know_is_refused_for_its_packages(string arch) =>
        When(() => CreatePlatformHandler.Handle(new(Demo.Id, "Demo-9", PlatformType.Deb, Demo.Settings with { ArchList = ["amd64", "kfreebsd-i386", arch] }, [])))
            .ThenRefused(PlatformErrors.ArchInvalid);
}
