using System.Text.Json;
using static EventSourced.Api.Tests.Packages.ReleaseClient;

namespace EventSourced.Api.Tests.Packages;

public sealed class ReleaseEventTests(PatientHosts hosts) : IClassFixture<PatientHosts>
{
    private readonly ReleaseClient releases = new(hosts.Api);

    private HttpClient Http => releases.Albs.Http;

    [Fact]
    public async Task Changes_of_a_release_come_live_and_later_from_one_address()
    {
        var (platform, release) = await PlannedAsync();
        await using var live = await LogFollower.OpenAsync(Http, $"/api/releases/{release}/events");
        Assert.Equal(("release", "scheduled"), Named(await live.NextAsync()));
        Assert.Equal(("release_planned", "scheduled"), Named(await live.NextAsync()));
        await releases.Commit(release).Expect(200);

        string[] steps = ["release_commit_begun", "release_target_staged", "release_decided", "release_target_published", "release_completed", "end"];
        var committed = await live.UntilAsync("end");
        Assert.Equal(steps, committed.Select(e => e.Name));
        Assert.Equal(platform.RepositoryId(0), Json(committed[1]).GetProperty("repositoryId").GetInt32());

        await using var later = await LogFollower.OpenAsync(Http, $"/api/releases/{release}/events");
        Assert.Equal(["release", "release_planned", .. steps], (await later.UntilAsync("end")).Select(e => e.Name));
        await using var resumed = await LogFollower.OpenAsync(Http, $"/api/releases/{release}/events", committed[2].Id);
        Assert.Equal(["release", .. steps[3..]], (await resumed.UntilAsync("end")).Select(e => e.Name));
        foreach (var atTheEnd in new[] { committed[^2].Id, committed[^1].Id })
            Assert.Equal(204, (int)(await LogFollower.SendAsync(Http, $"/api/releases/{release}/events", atTheEnd)).StatusCode);

        // What was at its end goes on when it is taken back.
        await Http.Post($"/api/v1/releases/{release}/revert/").As(releases.Albs.Admin).Expect(200);
        foreach (var atTheEnd in new[] { committed[^2].Id, committed[^1].Id })
        {
            await using var reverted = await LogFollower.OpenAsync(Http, $"/api/releases/{release}/events", atTheEnd);
            Assert.Equal(["release", "release_revert_begun", "release_target_published", "release_reverted", "end"], (await reverted.UntilAsync("end")).Select(e => e.Name));
        }
    }

    [Fact]
    public async Task Changes_of_a_repository_come_live_and_later_from_one_address()
    {
        var (platform, release) = await PlannedAsync();
        var address = $"/api/repositories/{platform.RepositoryId(0)}/events";
        await using var live = await LogFollower.OpenAsync(Http, address);
        Assert.Equal(
            ["repository", "repository_created", "repository_packages_added", "repository_version_published"],
            (await live.UntilAsync("repository_version_published")).Select(e => e.Name));
        await releases.Commit(release).Expect(200);

        string[] steps = ["release_packages_staged", "repository_packages_added", "release_packages_taken", "repository_version_published"];
        var changes = await live.UntilAsync(steps[^1]);
        Assert.Equal(steps, changes.Select(e => e.Name));
        Assert.Equal((release, 2), (Json(changes[0]).GetProperty("releaseId").GetInt32(), Json(changes[^1]).GetProperty("revision").GetInt32()));

        await using var resumed = await LogFollower.OpenAsync(Http, address, changes[0].Id);
        Assert.Equal(["repository", .. steps[1..]], (await resumed.UntilAsync(steps[^1])).Select(e => e.Name));
    }

    [Theory]
    [InlineData("releases")]
    [InlineData("repositories")]
    public async Task What_is_unknown_has_no_events(string things) => await Http.Get($"/api/{things}/2000000000/events").Expect(404);

    private async Task<(ReleasePlatform Platform, int Release)> PlannedAsync()
    {
        var platform = await releases.PlatformAsync("devel");
        var build = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64"));
        return (platform, Id(await releases.PlanAsync(platform, build)));
    }

    private static JsonElement Json((string Name, string Data, string? Id) e) => JsonSerializer.Deserialize<JsonElement>(e.Data);

    private static (string, string?) Named((string Name, string Data, string? Id) e) => (e.Name, Json(e).GetProperty("status").GetString());
}
