using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;

namespace EventSourced.Api.Tests.Packages;

public sealed class BuildEventTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly AlbsClient albs = new(hosts.Api);
    private readonly string arch = AlbsClient.NewName("a");

    [Fact]
    public async Task Changes_of_a_build_come_live_and_later_from_one_address()
    {
        var build = await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git", "https://git.example.org/b.git");
        var id = build.GetProperty("id").GetInt32();
        await using var live = await LogFollower.OpenAsync(albs.Http, $"/api/builds/{id}/events");
        Assert.Equal(("build", "running"), Named(await live.NextAsync()));
        Assert.Equal("build_requested", (await live.NextAsync()).Name);
        Assert.Equal(("build_task_queued", "idle"), Named(await live.NextAsync()));
        Assert.Equal(("build_task_queued", "idle"), Named(await live.NextAsync()));

        var first = (await albs.ClaimAsync(hosts.Api.NodeToken, [arch]))!.Value.GetProperty("id").GetInt32();
        var assigned = await live.NextAsync();
        Assert.Equal(("build_task_assigned", "started"), Named(assigned));
        Assert.Equal((first, 1), (Json(assigned).GetProperty("taskId").GetInt32(), Json(assigned).GetProperty("attempt").GetInt32()));
        await albs.Report(hosts.Api.NodeToken, first).Expect(200);
        Assert.Equal(("build_task_failed", "failed"), Named(await live.NextAsync()));
        var second = (await albs.ClaimAsync(hosts.Api.NodeToken, [arch]))!.Value.GetProperty("id").GetInt32();
        await albs.Report(hosts.Api.NodeToken, second, "excluded").Expect(200);
        Assert.Equal(
            ["build_task_assigned", "build_task_excluded", "build_finished", "end"], (await live.UntilAsync("end")).Select(e => e.Name));

        await using var later = await LogFollower.OpenAsync(albs.Http, $"/api/builds/{id}/events");
        var all = await later.UntilAsync("end");
        Assert.Equal(10, all.Count);
        var ids = all.Where(e => e.Name is not "build").Select(e => long.Parse(e.Id!, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(ids.Order(), ids);

        await using var resumed = await LogFollower.OpenAsync(albs.Http, $"/api/builds/{id}/events", assigned.Id);
        Assert.Equal("build_task_failed", (await resumed.UntilAsync("end"))[1].Name);
        foreach (var nobodyWasTold in (string[])["999999999999", "garbage", "-1"])
        {
            await using var restarted = await LogFollower.OpenAsync(albs.Http, $"/api/builds/{id}/events", nobodyWasTold);
            Assert.Equal(all, await restarted.UntilAsync("end"));
        }

        foreach (var atTheEnd in new[] { all[^2].Id, all[^1].Id })
            Assert.Equal(204, (int)(await LogFollower.SendAsync(albs.Http, $"/api/builds/{id}/events", atTheEnd)).StatusCode);
    }

    [Fact]
    public async Task An_unknown_build_has_no_events() => await albs.Http.Get("/api/builds/2000000000/events").Expect(404);

    private static JsonElement Json((string Name, string Data, string? Id) e) => JsonSerializer.Deserialize<JsonElement>(e.Data);

    private static (string, string?) Named((string Name, string Data, string? Id) e) => (e.Name, Json(e).GetProperty("status").GetString());
}
