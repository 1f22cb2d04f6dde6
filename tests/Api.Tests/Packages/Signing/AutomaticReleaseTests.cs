using System.Text.Json;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>Builds of the built-in product are signed by themselves, and then released by themselves.</summary>
public sealed class AutomaticReleaseHosts : BothHosts
{
    public AutomaticReleaseHosts() => (WorkersSettings["AutomaticSigning:Key"], WorkersSettings["AutomaticRelease:Enabled"]) = ("automatic", "true");

    public BeholderServer Beholder { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        Beholder = await BeholderServer.StartAsync();
        WorkersSettings["Beholder:Url"] = $"{Beholder.Address}/below";
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Beholder.DisposeAsync();
    }
}

public sealed class AutomaticReleaseTests(AutomaticReleaseHosts hosts) : IClassFixture<AutomaticReleaseHosts>
{
    private const int Scheduled = 1, Completed = 3;

    private readonly SigningClient signing = new(hosts);

    [Fact]
    public async Task A_signed_build_is_released_and_what_needs_a_person_is_only_planned()
    {
        await using var key = await GpgKey.MakeAsync();
        await signing.RegisterAsync(key, "automatic");
        var (platform, elsewhere, predicted) =
            (await signing.ReleasePlatformAsync("devel"), await signing.ReleasePlatformAsync("other"), await signing.ReleasePlatformAsync("base"));

        var first = await SignedAsync(platform, key);

        Assert.Equal(Completed, Status(Assert.Single(await signing.ReleasesAsync(platform.Id))));
        Assert.True((await signing.SeenAsync(first)).GetProperty("released").GetBoolean());
        await hosts.Api.Http.Get($"{platform.Folder("x86_64")}Packages/t/tally-1.0-1.noarch.rpm").Expect(200);
        await hosts.Api.Http.Get($"{platform.Folder("src")}Packages/t/tally-1.0-1.src.rpm").Expect(200);

        var second = await SignedAsync(platform, key); // its packages are there already
        var planned = (await signing.ReleasesAsync(platform.Id))[0];
        Assert.Equal((Scheduled, second), (Status(planned), planned.GetProperty("build_ids")[0].GetInt32()));
        Assert.False((await signing.SeenAsync(second)).GetProperty("released").GetBoolean());

        await SignedAsync(elsewhere, key); // there is no place to go to
        planned = Assert.Single(await signing.ReleasesAsync(elsewhere.Id));
        Assert.Equal((Scheduled, "[]"), (Status(planned), planned.GetProperty("plan").GetProperty("packages")[0].GetProperty("repositories").GetRawText()));

        hosts.Beholder.Knows(predicted.Name, """
            {"packages": {"exact": [{"name": "tally", "version": "1.0", "arch": "noarch", "repositories": [{"name": "x-8-base", "arch": "x86_64"}]},
                                    {"name": "tally", "version": "1.0", "arch": "src", "repositories": [{"name": "x-8-base", "arch": "src"}]}]}}
            """);
        await SignedAsync(predicted, key); // the beholder says where
        Assert.Equal(Completed, Status(Assert.Single(await signing.ReleasesAsync(predicted.Id))));
        await hosts.Api.Http.Get($"{predicted.Folder("x86_64")}Packages/t/tally-1.0-1.noarch.rpm").Expect(200);
    }

    private static int Status(JsonElement release) => release.GetProperty("status").GetInt32();

    private async Task<int> SignedAsync(RpmPlatform platform, GpgKey key)
    {
        var rpms = await RpmFile.BuildAsync("tally", arch: "noarch");
        var build = await signing.BuildOnAsync(platform.Name, rpms.Source, rpms.Binary);
        await signing.SignAsync((await signing.SeenAsync(build)).GetProperty("sign_tasks")[0].GetProperty("id").GetInt32(), build, key);
        return build;
    }
}
