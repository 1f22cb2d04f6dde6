using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;
using EventSourced.Messaging.Tracking;

namespace EventSourced.Api.Tests.Packages;

/// <summary>A build of one task, delivered by the local node through both hosts.</summary>
internal sealed class Deliveries(BothHosts hosts)
{
    private readonly AlbsClient albs = new(hosts.Api);
    private readonly PulpClient pulp = new(hosts.Api.Http, hosts.Api.NodeToken);

    /// <summary>Requested under the correlation <paramref name="request"/>, reported under <paramref name="report"/>; returns when nothing of the report is left to do.</summary>
    public async Task<(int Build, int Task, TrackedActivity Report)> DeliverAsync(string request, string report)
    {
        var token = TestContext.Current.CancellationToken;
        var platform = await albs.CreatePlatformAsync("amd64");
        var submitted = await albs.Http.Post("/api/v1/builds/", new
        {
            platforms = new[] { new { name = platform, arch_list = new[] { "amd64" } } },
            tasks = new[] { new { url = "https://git.example.org/tally.git", git_ref = "main" } },
        }).As(albs.Admin).With("X-Correlation-Id", request).Expect(200);
        var claimed = await albs.ClaimAsync(hosts.Api.NodeToken, ["amd64"]) ?? throw new InvalidOperationException("No task was handed out.");
        var (build, task) = (submitted.Json.GetProperty("id").GetInt32(), claimed.GetProperty("id").GetInt32());
        Assert.Equal(build, claimed.GetProperty("build_id").GetInt32());

        var deb = await DebFile.BuildAsync("tally", "1.0", "amd64");
        var href = await pulp.UploadAsync(deb.Bytes);
        var activity = await hosts.Workers.TrackActivity().DoNotAssertOnExceptionsDetected().ExecuteAndWaitAsync(
            report,
            () => albs.Report(hosts.Api.NodeToken, task, "done", [new { name = deb.Name, type = "deb", href, sha256 = deb.Sha256 }]).With("X-Correlation-Id", report).Expect(200),
            token);
        return (build, task, activity);
    }

    /// <summary>The build's repository of packages.</summary>
    public async Task<JsonElement> RepositoryAsync(int build) =>
        (await albs.Http.Get($"/api/builds/{build}").Expect(200)).Json.GetProperty("repositories").EnumerateArray()
        .Single(r => r.GetProperty("name").GetString()!.EndsWith($"-amd64-{build}-br", StringComparison.Ordinal));

    public async Task<IReadOnlyList<JsonElement>> EventsAsync(string stream) =>
        [.. (await albs.Http.Get($"/api/streams/events?key={stream}").As(albs.Admin).Expect(200)).Json.GetProperty("items").EnumerateArray()];
}
