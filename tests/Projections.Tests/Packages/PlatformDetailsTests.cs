using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Projections.Tests.Packages;

public sealed class PlatformDetailsTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private static readonly PlatformSettings Settings = new()
    {
        DistrType = "demo", DistrVersion = "9", ArchList = ["x86_64"], Data = FreeJson.Parse("""{"mock": {"x": [1, null]}}"""), IsReference = false,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_platform_shows_what_was_said_about_it()
    {
        await CreateAsync(7, "Demo-9");
        await packages.AppendAsync(
            "platform-7", new PlatformUpdated(new(7), PlatformType.Deb, new() { DistrVersion = "10" }),
            new PlatformRepositoriesLinked(new(7), [new(2), new(1)]), new PlatformRepositoriesUnlinked(new(7), [new(2)]), new PlatformRepositoriesLinked(new(7), [new(3)]));

        var platform = await packages.LoadAsync<PlatformDetails>("platform-7");

        Assert.Equal(("platform-7", 7, "Demo-9", PlatformType.Deb), (platform!.Id, platform.Number, platform.Name, platform.Type));
        Assert.Equal(("demo", "10", false), (platform.Settings.DistrType, platform.Settings.DistrVersion, platform.Settings.IsReference));
        Assert.Equal(["x86_64"], platform.Settings.ArchList!);
        Assert.Equal(Settings.Data, platform.Settings.Data);
        Assert.Equal([1, 3], platform.Repositories);
    }

    [Fact]
    public async Task Platforms_are_found_by_name_and_listed_by_id()
    {
        await CreateAsync(110, "Ten");
        await CreateAsync(109, "Nine");

        var named = await packages.ReadAsync(s => s.PlatformsNamedAsync(["Nine", "Unknown", "Ten"], Token));
        var all = await packages.ReadAsync(s => s.PlatformsAsync(Token));

        Assert.Equal(["Nine", "Ten"], named.Select(p => p.Name).Order());
        Assert.Equal([109, 110], all.Select(p => p.Number).Where(n => n is > 100 and < 200)); // other tests of this class have numbers of their own
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        await CreateAsync(201, "Only");

        var second = await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => CreateAsync(202, "Only"));

        Assert.Equal("platform_name-Only", second.StreamKey);
        Assert.Null(await packages.LoadAsync<PlatformDetails>("platform-202"));
    }

    private Task CreateAsync(int id, string name) =>
        packages.StartAsync(CreatePlatformHandler.Handle(new(new PlatformId(id), name, PlatformType.Rpm, Settings, [])));
}
