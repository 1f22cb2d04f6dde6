using System.Text.Json;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>From the request to sign to what a package manager fetches, with real packages, real keys and the real tools.</summary>
public sealed class SigningTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly SigningClient signing = new(hosts);

    [Fact]
    public async Task Signed_packages_take_the_place_of_the_unsigned_ones()
    {
        await using var key = await GpgKey.MakeAsync();
        var rpms = await RpmFile.BuildAsync("tally", arch: "noarch");
        var (build, keyNumber) = (await signing.BuildAsync(rpms), await signing.RegisterAsync(key));
        var asked = (await signing.Request(build, keyNumber).As(signing.Albs.Admin).Expect(200)).Json;
        Assert.Equal((1, build, key.KeyId), (Number(asked, "status"), Number(asked, "build_id"), Text(asked.GetProperty("sign_key"), "keyid")));
        var task = Number(asked, "id");

        var handedOut = (await signing.ClaimAsync(key.KeyId))!.Value;
        Assert.Equal(2, Number(await signing.TaskAsync(build, task), "status"));
        Assert.Equal((task, build, key.KeyId, false), (Number(handedOut, "id"), Number(handedOut, "build_id"), Text(handedOut, "keyid"), handedOut.GetProperty("sign_files").GetBoolean()));
        Assert.Equal(
            [(rpms.Source.Name, "src", rpms.Source.Sha256), (rpms.Binary.Name, Arch(handedOut), rpms.Binary.Sha256)],
            handedOut.GetProperty("packages").EnumerateArray().Select(p => (Text(p, "name")!, Text(p, "arch")!, Text(p, "sha256")!)));

        var packages = await signing.SignAllAsync(handedOut, key);
        var stats = new { sign_task_start_time = "2024-05-01 11:00:00.1", sign_packages_time = 4 };
        await signing.SettledAsync(signing.Complete(task, new { build_id = build, success = true, log_href = "/log/", packages, stats }));

        var ended = await signing.TaskAsync(build, task);
        Assert.True(Number(ended, "status") is 3, Text(ended, "error_message"));
        var seen = await signing.SeenAsync(build);
        Assert.True(seen.GetProperty("signed").GetBoolean());
        var shown = Assert.Single(seen.GetProperty("sign_tasks").EnumerateArray());
        Assert.Equal((task, 3, "2024-05-01T11:00:00.1", 4), (Number(shown, "id"), Number(shown, "status"), Text(shown, "started_at"), Number(shown.GetProperty("stats"), "sign_packages_time")));
        var hrefs = seen.GetProperty("tasks")[0].GetProperty("artifacts").EnumerateArray().ToDictionary(a => Text(a, "name")!, a => Text(a, "href"));
        foreach (var (package, place) in packages.Select((package, place) => (package, place)))
        {
            Assert.Equal(package["href"], hrefs[(string)package["name"]!]);
            var served = await hosts.Api.Http.Get(Text(handedOut.GetProperty("packages")[place], "download_url")!).Expect(200);
            Assert.Equal($"\"{package["sha256"]}\"", served.Header("ETag"));
        }

        Assert.Contains(build, (await ListedAsync("true")).Select(b => Number(b, "id")));
        Assert.DoesNotContain(build, (await ListedAsync("false")).Select(b => Number(b, "id")));
        await signing.Request(build, keyNumber).As(signing.Albs.Admin).Expect(409);
        Assert.Equal("""{"success":true}""", (await signing.Complete(task, new { build_id = build, success = false }).Expect(200)).Text);
        Assert.Equal(3, Number(await signing.TaskAsync(build, task), "status"));
    }

    [Fact]
    public async Task Who_followed_a_build_to_its_end_is_told_to_stop_though_it_was_signed_since()
    {
        await using var key = await GpgKey.MakeAsync();
        var (build, keyNumber) = (await signing.BuildAsync(await RpmFile.BuildAsync("tally", arch: "noarch")), await signing.RegisterAsync(key));
        var address = $"/api/builds/{build}/events";
        await using var before = await LogFollower.OpenAsync(hosts.Api.Http, address);
        var told = await before.UntilAsync("end");

        await signing.SignAsync(await signing.RequestAsync(build, keyNumber), build, key);

        await using var after = await LogFollower.OpenAsync(hosts.Api.Http, address);
        var again = await after.UntilAsync("end");
        Assert.Equal(told.SkipLast(1), again.SkipLast(1));
        Assert.InRange(Position(told[^1]), Position(told[^2]), Position(again[^1]) - 1);
        foreach (var atTheEnd in new[] { told[^2].Id, told[^1].Id, again[^1].Id })
            Assert.Equal(204, (int)(await LogFollower.SendAsync(hosts.Api.Http, address, atTheEnd)).StatusCode);

        static long Position((string, string, string? Id) item) => long.Parse(item.Id!, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_repeated_claim_with_an_idempotency_key_is_the_task_and_the_key_it_was_at_first()
    {
        await using var one = await GpgKey.MakeAsync();
        await using var other = await GpgKey.MakeAsync();
        var build = await signing.BuildAsync(await RpmFile.BuildAsync("tally", arch: "noarch"));
        var task = await signing.RequestAsync(build, await signing.RegisterAsync(one));
        var first = (await Claim().Expect(200)).Text;
        await signing.RequestAsync(await signing.BuildAsync(await RpmFile.BuildAsync("bush", arch: "noarch")), await signing.RegisterAsync(other));

        Assert.Equal(first, (await Claim().Expect(200)).Text);
        Assert.Equal((task, one.KeyId), (Number((await Claim().Expect(200)).Json, "id"), Text((await Claim().Expect(200)).Json, "keyid")));

        HttpScenario Claim() => hosts.Api.Http.Post("/api/v1/sign-tasks/get_sign_task/", new { key_ids = new[] { one.KeyId, other.KeyId } })
            .As(hosts.Api.SignToken).With("Idempotency-Key", one.KeyId);
    }

    [Fact]
    public async Task What_cannot_be_believed_fails_the_task_and_nothing_changes()
    {
        await using var key = await GpgKey.MakeAsync();
        await using var other = await GpgKey.MakeAsync();
        var (rpms, altered) = (await RpmFile.BuildAsync("tally", arch: "noarch"), await RpmFile.BuildAsync("tally", arch: "noarch"));
        var (build, keyNumber) = (await signing.BuildAsync(rpms), await signing.RegisterAsync(key));
        var before = (await signing.SeenAsync(build)).GetProperty("tasks")[0].GetProperty("artifacts").GetRawText();
        var (good, unsigned) = (await key.SignRpmAsync(rpms.Binary.Bytes), rpms.Binary.Bytes);

        await RefusedAsync("has no valid signature", unsigned);
        await RefusedAsync("has no valid signature", await other.SignRpmAsync(unsigned));
        await RefusedAsync("has no valid signature", [.. good[..^9], (byte)~good[^9], .. good[^8..]]);
        await RefusedAsync("has no valid signature", "no package"u8.ToArray());
        await RefusedAsync("is not the package that was built", await key.SignRpmAsync(altered.Binary.Bytes));
        await RefusedAsync("is not that of the uploaded file", good, p => p["sha256"] = new string('0', 64));
        await RefusedAsync("is signed with", good, p => p["fingerprint"] = other.Fingerprint);
        await RefusedAsync("has no href", good, p => p["href"] = null);
        await RefusedAsync("is no file in our store", good, p => p["href"] = "/s/1/");
        await RefusedAsync("was not handed out", good, p => p["id"] = 2_000_000_000);
        await RefusedAsync("did not come back signed", good, packages: all => all.RemoveAt(1));
        await RefusedAsync("reported twice", good, packages: all => all.Add(all[0]));

        async Task RefusedAsync(string reason, byte[] bytes, Action<Dictionary<string, object?>>? change = null, Action<List<Dictionary<string, object?>>>? packages = null)
        {
            var task = await signing.RequestAsync(build, keyNumber);
            var handedOut = (await signing.ClaimAsync(key.KeyId))!.Value.GetProperty("packages");
            var binary = await signing.SignedAsync(handedOut[1], bytes, key.Fingerprint);
            change?.Invoke(binary);
            List<Dictionary<string, object?>> all = [await signing.SignedAsync(handedOut[0], await key.SignRpmAsync(rpms.Source.Bytes), key.Fingerprint), binary];
            packages?.Invoke(all);

            Assert.Equal("""{"success":true}""", (await signing.Complete(task, new { build_id = build, success = true, packages = all }).Expect(200)).Text);

            var ended = await signing.TaskAsync(build, task);
            Assert.Equal(4, Number(ended, "status"));
            Assert.Contains(reason, Text(ended, "error_message"), StringComparison.Ordinal);
            var seen = await signing.SeenAsync(build);
            Assert.False(seen.GetProperty("signed").GetBoolean());
            Assert.Equal(before, seen.GetProperty("tasks")[0].GetProperty("artifacts").GetRawText());
        }
    }

    [Fact]
    public async Task A_node_that_has_no_key_asked_for_gets_an_empty_object()
    {
        Assert.Equal("{}", (await hosts.Api.Http.Post("/api/v1/sign-tasks/get_sign_task", new { key_ids = new[] { "FFFF" } }).As(hosts.Api.SignToken).Expect(200)).Text);
        Assert.Equal("{}", (await hosts.Api.Http.Post("/api/v1/sign-tasks/community/get_gen_sign_key_task/", "{}").As(hosts.Api.SignToken).Expect(200)).Text);
        await hosts.Api.Http.Post("/api/v1/sign-tasks/community/7/complete/", new { success = true }).As(hosts.Api.SignToken).Expect(404);
    }

    [Fact]
    public async Task A_failure_of_the_node_and_the_documented_form_of_its_report_are_taken()
    {
        await using var key = await GpgKey.MakeAsync();
        var (build, keyNumber) = (await signing.BuildAsync(await RpmFile.BuildAsync("tally", arch: "noarch")), await signing.RegisterAsync(key));
        var task = await signing.RequestAsync(build, keyNumber);
        var stranger = (await hosts.Api.Http.Post("/api/nodes", new { name = "stranger", kind = "sign" }).As(signing.Albs.Admin).Expect(201)).Json.GetProperty("token").GetString()!;
        Assert.NotNull(await signing.ClaimAsync(key.KeyId.ToLowerInvariant()));
        Assert.Null(await signing.ClaimAsync(key.KeyId, stranger));

        await signing.Complete(task, new { build_id = build, success = false }, stranger).Expect(403);
        await signing.Complete(task, new { build_id = build, success = false, error_message = "no pin", packages = new { key_ids = "x" } }).Expect(200);

        var ended = await signing.TaskAsync(build, task);
        Assert.Equal((4, "no pin"), (Number(ended, "status"), Text(ended, "error_message")));
        await signing.Complete(task, new { build_id = build, success = true }, stranger).Expect(200);
        Assert.Equal("no pin", Text(await signing.TaskAsync(build, task), "error_message"));
        await signing.Request(build, keyNumber).As(signing.Albs.Admin).Expect(200);
    }

    [Fact]
    public async Task A_key_keeps_its_names_while_tasks_wait_for_it()
    {
        await using var key = await GpgKey.MakeAsync();
        var (build, number) = (await signing.BuildAsync(await RpmFile.BuildAsync("tally", arch: "noarch")), await signing.RegisterAsync(key));
        var task = await signing.RequestAsync(build, number);

        Assert.Contains("have not ended", (await Change(new { keyid = "DDDD" }).Expect(409)).Text, StringComparison.Ordinal);
        await Change(new { fingerprint = $"DD{key.Fingerprint[2..]}" }).Expect(409);
        await Change(new { name = "another", keyid = key.KeyId, fingerprint = key.Fingerprint }).Expect(200);
        await signing.SignAsync(task, build, key);
        await Change(new { keyid = "DDDD" }).Expect(200);

        HttpScenario Change(object changes) => hosts.Api.Http.Put($"/api/v1/sign-keys/{number}/", changes).As(signing.Albs.Admin);
    }

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static string Arch(JsonElement task) => Text(task.GetProperty("packages")[1], "arch")!;

    private async Task<IEnumerable<JsonElement>> ListedAsync(string signed) =>
        (await hosts.Api.Http.Get($"/api/v1/builds/?pageNumber=1&signed={signed}").Expect(200)).Json.GetProperty("builds").EnumerateArray();
}
