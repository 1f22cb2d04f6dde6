using System.Text.Json;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>A key is configured for builds of the built-in product, and sign nodes that ping lose their tasks after two seconds of silence.</summary>
public sealed class AutomaticHosts : BothHosts
{
    public AutomaticHosts()
    {
        WorkersSettings["AutomaticSigning:Key"] = "automatic";
        Api.Settings["Packages:Signing:PingingSilence"] = "00:00:02";
    }
}

/// <summary>The same, switched off.</summary>
public sealed class SwitchedOffHosts : BothHosts
{
    public SwitchedOffHosts() => (WorkersSettings["AutomaticSigning:Key"], WorkersSettings["AutomaticSigning:Enabled"]) = ("automatic", "false");
}

public sealed class AutomaticSigningTests(AutomaticHosts hosts) : IClassFixture<AutomaticHosts>
{
    private readonly SigningClient signing = new(hosts);

    [Fact]
    public async Task A_finished_build_is_signed_without_being_asked_for_and_a_silent_nodes_task_is_handed_out_again()
    {
        await using var key = await GpgKey.MakeAsync();
        var rpms = await RpmFile.BuildAsync("tally", arch: "noarch");
        var early = await signing.BuildAsync(rpms);
        Assert.Empty(Tasks(await signing.SeenAsync(early)));
        await signing.RegisterAsync(key, "automatic");
        var build = await signing.BuildAsync(rpms);
        var task = Assert.Single(Tasks(await signing.SeenAsync(build))).GetProperty("id").GetInt32();
        var second = (await hosts.Api.Http.Post("/api/nodes", new { name = "second", kind = "sign" }).As(signing.Albs.Admin).Expect(201)).Json.GetProperty("token").GetString()!;

        var first = (await signing.ClaimAsync(key.KeyId, query: "?pings=true"))!.Value;
        await hosts.Api.Http.Post($"/api/sign-tasks/{task}/ping").As(hosts.Api.SignToken).Expect(204);
        await hosts.Api.Http.Post($"/api/sign-tasks/{task}/ping").As(second).Expect(409);
        JsonElement? again = null;
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (again is null && await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken))
            again = await signing.ClaimAsync(key.KeyId, second, "?pings=true");

        Assert.Equal((task, 1, 2), (again!.Value.GetProperty("id").GetInt32(), first.GetProperty("attempt").GetInt32(), again.Value.GetProperty("attempt").GetInt32()));
        await hosts.Api.Http.Post($"/api/sign-tasks/{task}/ping").As(hosts.Api.SignToken).Expect(409);
        var late = new { build_id = build, success = true, packages = await signing.SignAllAsync(first, key) };
        await signing.Complete(task, late).With("X-Attempt", "1").Expect(409);
        await signing.SettledAsync(signing.Complete(task, late));
        Assert.True((await signing.SeenAsync(build)).GetProperty("signed").GetBoolean());
    }

    private static IReadOnlyList<JsonElement> Tasks(JsonElement build) => [.. build.GetProperty("sign_tasks").EnumerateArray()];
}

public sealed class SwitchedOffSigningTests(SwitchedOffHosts hosts) : IClassFixture<SwitchedOffHosts>
{
    private readonly SigningClient signing = new(hosts);

    [Fact]
    public async Task Switched_off_nothing_is_signed_without_being_asked_for()
    {
        await using var key = await GpgKey.MakeAsync();
        await signing.RegisterAsync(key, "automatic");

        var build = await signing.BuildAsync(await RpmFile.BuildAsync("tally", arch: "noarch"));

        Assert.Empty((await signing.SeenAsync(build)).GetProperty("sign_tasks").EnumerateArray());
    }
}
