namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>A sign node that stops, and tasks that end while others are signed.</summary>
public sealed class SignHandBackTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly SigningClient signing = new(hosts);

    [Fact]
    public async Task A_task_that_is_handed_back_goes_to_the_next_node_at_once()
    {
        await using var key = await GpgKey.MakeAsync();
        var (build, number) = (await signing.BuildAsync(await RpmFile.BuildAsync("tally", arch: "noarch")), await signing.RegisterAsync(key));
        var (task, second) = (await signing.RequestAsync(build, number), await NewNodeAsync());
        Assert.NotNull(await signing.ClaimAsync(key.KeyId));
        Assert.Null(await signing.ClaimAsync(key.KeyId, second));

        await HandBack(task, 1).Expect(401);
        await HandBack(task, 1).As(hosts.Api.NodeToken).Expect(403);
        await HandBack(task, 1).As(second).Expect(403);
        await HandBack(int.MaxValue, 1).As(second).Expect(404);
        await HandBack(task, 1).As(hosts.Api.SignToken).With("If-Match", "\"1\"").Expect(412);
        await HandBack(task, 1).As(hosts.Api.SignToken).Expect(204);
        await HandBack(task, 1).As(hosts.Api.SignToken).Expect(204);

        var again = (await signing.ClaimAsync(key.KeyId, second))!.Value;
        Assert.Equal((task, 2), (again.GetProperty("id").GetInt32(), again.GetProperty("attempt").GetInt32()));
        await HandBack(task, 2).As(hosts.Api.SignToken).Expect(204);
        await signing.Complete(task, new { build_id = build, success = true, packages = await signing.SignAllAsync(again, key) }, second).With("X-Attempt", "2").Expect(200);
        Assert.Equal(3, (await signing.TaskAsync(build, task)).GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task What_completes_while_the_rest_is_signed_leaves_the_build_unsigned_until_it_is_signed_too()
    {
        await using var key = await GpgKey.MakeAsync();
        var (tally, bush, number) = (await RpmFile.BuildAsync("tally", arch: "noarch"), await RpmFile.BuildAsync("bush", arch: "noarch"), await signing.RegisterAsync(key));
        var (build, arches) = await signing.SubmitAsync(tasks: 2);
        await signing.DeliverAsync(arches[0], tally.Source, tally.Binary);
        var early = await signing.RequestAsync(build, number);
        var handedOut = (await signing.ClaimAsync(key.KeyId))!.Value;
        await signing.DeliverAsync(arches[1], bush.Binary);

        await signing.SettledAsync(signing.Complete(early, new { build_id = build, success = true, packages = await signing.SignAllAsync(handedOut, key) }));

        Assert.Equal(3, (await signing.TaskAsync(build, early)).GetProperty("status").GetInt32());
        Assert.False((await signing.SeenAsync(build)).GetProperty("signed").GetBoolean());
        var late = await signing.RequestAsync(build, number);
        handedOut = (await signing.ClaimAsync(key.KeyId))!.Value;
        await signing.SettledAsync(signing.Complete(late, new { build_id = build, success = true, packages = await signing.SignAllAsync(handedOut, key) }));
        Assert.True((await signing.SeenAsync(build)).GetProperty("signed").GetBoolean());
    }

    private HttpScenario HandBack(int task, int attempt) => hosts.Api.Http.Post($"/api/sign-tasks/{task}/hand-back").With("X-Attempt", $"{attempt}");

    private async Task<string> NewNodeAsync() =>
        (await hosts.Api.Http.Post("/api/nodes", new { name = "second", kind = "sign" }).As(signing.Albs.Admin).Expect(201)).Json.GetProperty("token").GetString()!;
}
