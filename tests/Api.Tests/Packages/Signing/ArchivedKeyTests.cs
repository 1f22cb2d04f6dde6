namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>A key is taken out of use while tasks wait for it: nothing is signed with it any more, and what was signed stays signed.</summary>
public sealed class ArchivedKeyTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly SigningClient signing = new(hosts);

    [Fact]
    public async Task What_waits_and_what_is_worked_on_fails_and_another_key_signs()
    {
        await using var key = await GpgKey.MakeAsync();
        await using var other = await GpgKey.MakeAsync();
        var number = await signing.RegisterAsync(key);
        var (first, second) = (await signing.BuildAsync(await RpmFile.BuildAsync("tally", arch: "noarch")), await signing.BuildAsync(await RpmFile.BuildAsync("bush", arch: "noarch")));
        var (started, waiting) = (await signing.RequestAsync(first, number), await signing.RequestAsync(second, number));
        var handedOut = (await signing.ClaimAsync(key.KeyId))!.Value;
        var signed = await signing.SignAllAsync(handedOut, key);

        await signing.SettledAsync(hosts.Api.Http.Post($"/api/sign-keys/{number}/archive").As(signing.Albs.Admin), 204);

        await FailedAsync(first, started);
        await FailedAsync(second, waiting);
        Assert.Null(await signing.ClaimAsync(key.KeyId));
        await signing.SettledAsync(signing.Complete(started, new { build_id = first, success = true, packages = signed }));
        await FailedAsync(first, started);
        Assert.False((await signing.SeenAsync(first)).GetProperty("signed").GetBoolean());
        await signing.SignAsync(await signing.RequestAsync(first, await signing.RegisterAsync(other)), first, other);
        Assert.True((await signing.SeenAsync(first)).GetProperty("signed").GetBoolean());
    }

    [Fact]
    public async Task What_was_signed_before_stays_signed()
    {
        await using var key = await GpgKey.MakeAsync();
        var (build, number) = (await signing.BuildAsync(await RpmFile.BuildAsync("tally", arch: "noarch")), await signing.RegisterAsync(key));
        var task = await signing.RequestAsync(build, number);
        await signing.SignAsync(task, build, key);

        await signing.SettledAsync(hosts.Api.Http.Post($"/api/sign-keys/{number}/archive").As(signing.Albs.Admin), 204);

        Assert.Equal(3, (await signing.TaskAsync(build, task)).GetProperty("status").GetInt32());
        Assert.True((await signing.SeenAsync(build)).GetProperty("signed").GetBoolean());
    }

    private async Task FailedAsync(int build, int task)
    {
        var ended = await signing.TaskAsync(build, task);
        Assert.Equal(4, ended.GetProperty("status").GetInt32());
        Assert.Contains("archived", ended.GetProperty("error_message").GetString(), StringComparison.Ordinal);
    }
}
