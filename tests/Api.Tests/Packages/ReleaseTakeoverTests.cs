using System.Text.Json.Nodes;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using static EventSourced.Api.Tests.Packages.ReleaseClient;

namespace EventSourced.Api.Tests.Packages;

/// <summary>Commits whose workers are gone, or go in the middle of it: they go on with others, or fail as a whole.</summary>
public sealed class ReleaseTakeoverTests : IAsyncLifetime
{
    private readonly ApiHost api = new() { Settings = { ["Packages:Releases:CommitWait"] = "00:00:01", ["Packages:Releases:Lease"] = "00:00:02" } };
    private readonly RecordedLog log = new();
    private ReleaseClient releases = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await api.InitializeAsync();
        releases = new(api);
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task A_commit_without_workers_is_answered_as_started_and_ends_once_some_are_there()
    {
        var (platform, release) = await PlannedAsync();

        var answer = (await releases.Commit(release).Expect(200)).Json;

        Assert.Equal((2, "Release plan execution has been started"), (answer.GetProperty("release").GetProperty("status").GetInt32(), answer.GetProperty("message").GetString()));
        await releases.Commit(release).Expect(409);

        // By now its lease may have run out before anybody was asked: then it has failed as a whole, else it is done as a whole.
        await using var workers = await BothHosts.StartWorkersAsync(api, log);
        var ended = await EndAsync(release);
        await workers.StopAsync(Token);
        await AssertWholeAsync(platform, ended);
    }

    [Theory]
    [InlineData("release_commit_begun")]
    [InlineData("release_target_staged")]
    [InlineData("release_decided")]
    [InlineData("release_packages_taken")]
    public async Task Workers_that_go_in_the_middle_leave_nothing_half_done(string step)
    {
        var (platform, release) = await PlannedAsync();
        var workers = await BothHosts.StartWorkersAsync(api, log);
        var commit = releases.Commit(release).Expect(200);
        await SeenAsync(step);
        await StopAtOnceAsync(workers);
        await commit;

        await using var others = await BothHosts.StartWorkersAsync(api, log);
        var ended = await EndAsync(release);
        await others.StopAsync(Token);
        await AssertWholeAsync(platform, ended);
        if (step is "release_decided" or "release_packages_taken")
            Assert.Equal(ReleaseStatus.Completed, ended.Status);
    }

    /// <summary>One package into two repositories.</summary>
    private async Task<(ReleasePlatform Platform, int Release)> PlannedAsync()
    {
        ReleasePlatform platform;
        int build;
        await using (var workers = await BothHosts.StartWorkersAsync(api, log))
        {
            platform = await releases.PlatformAsync("devel", "extra");
            build = await releases.BuildAsync(platform, await DebFile.BuildAsync("tally", "1.0", "amd64"));
            await workers.StopAsync(Token);
        }

        var planned = await releases.PlanAsync(platform, build);
        var plan = JsonNode.Parse(planned.GetProperty("plan").GetRawText())!;
        plan["packages"]![0]!["repositories"] =
            new JsonArray([.. Enumerable.Range(0, 2).Select(place => (JsonNode)new JsonObject { ["id"] = platform.RepositoryId(place) })]);
        await releases.PutAsync(Id(planned), plan);
        return (platform, Id(planned));
    }

    private async Task<Release> EndAsync(int release)
    {
        await using var scope = api.Services.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<Messaging.IMessageBus>();
        return await bus.WaitForAsync<Release>(new ReleaseId(release).StreamKey, r => r.Status is not ReleaseStatus.InProgress, TimeSpan.FromMinutes(2), Token)
            ?? throw new InvalidOperationException($"Release {release} did not end.\n{log.Text}");
    }

    private async Task AssertWholeAsync(ReleasePlatform platform, Release ended)
    {
        var has = new List<bool>();
        for (var place = 0; place < 2; place++)
            has.Add((await releases.IndexAsync(platform, place)).Contains("Package: tally", StringComparison.Ordinal));

        Assert.True(ended.Status is ReleaseStatus.Completed or ReleaseStatus.Failed, $"The release is {ended.Status}.");
        Assert.All(has, there => Assert.Equal(ended.Status is ReleaseStatus.Completed, there));
    }

    private async Task SeenAsync(string step)
    {
        var store = api.Services.GetRequiredService<IDocumentStore>();
        await using var seen = api.Database.DataSource.CreateCommand("select exists (select from mt_events where type = $1)");
        seen.Parameters.Add(new() { Value = step });
        while (await seen.ExecuteScalarAsync(Token) is not true)
            await store.WakeUps.WaitAsync(IWakeUps.EventsAppended, TimeSpan.FromMilliseconds(20), Token);
    }

    /// <summary>Whatever is in hand is left where it is.</summary>
    private static async Task StopAtOnceAsync(WebApplication workers)
    {
        await workers.StopAsync(new CancellationToken(canceled: true));
        await workers.DisposeAsync();
    }
}
