using System.Text.Json;
using EventSourced.Api.Tests.Packages;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Audit;

/// <summary>Why something happened, from event to event through every cascade, as an auditor reads it.</summary>
public sealed class CausationTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    [Fact]
    public async Task A_published_version_is_traced_back_event_by_event_to_the_report_that_led_to_it()
    {
        var deliveries = new Deliveries(hosts);
        var (build, task, activity) = await deliveries.DeliverAsync("the-request", "the-report");
        Assert.Empty(activity.DeadLetters);
        var repository = (await deliveries.RepositoryAsync(build)).GetProperty("id").GetInt32();

        var ofRepository = await deliveries.EventsAsync($"repository-{repository}");
        var ofTask = await deliveries.EventsAsync($"build_task-{task}");
        var ofBuild = await deliveries.EventsAsync($"build-{build}");
        JsonElement[] way =
        [
            Only(ofTask, "build_task_reported"), Only(ofTask, "build_task_succeeded"), Only(ofRepository, "repository_packages_added"), Only(ofRepository, "repository_version_published"),
        ];

        for (var i = 1; i < way.Length; i++)
            Assert.Equal(Text(way[i - 1], "id"), Text(way[i], "causation"));

        Assert.Equal(Text(way[1], "id"), Text(Only(ofBuild, "build_finished"), "causation"));
        Assert.All(way, e => Assert.Equal(("the-report", "node-1"), (Text(e, "correlation"), Text(e, "actor"))));
        Assert.All(way[1..], e => Assert.Equal("workers", Text(e.GetProperty("headers"), "by")));

        // At the root stands the command: no event has its id.
        var root = Text(way[0], "causation");
        Assert.Equal(Text(way[0].GetProperty("headers"), "message_id"), root);
        Assert.Equal(("the-request", "user-1"), (Text(ofTask[0], "correlation"), Text(ofTask[0], "actor")));
        await AskedByAnAuditorAsync(way);
    }

    private async Task AskedByAnAuditorAsync(JsonElement[] way)
    {
        await hosts.Workers.GetRequiredService<IProjectionDaemon>().WaitForNonStaleData(TimeSpan.FromSeconds(60));
        var causes = await hosts.Api.Http.Get($"/api/events/{Text(way[^1], "id")}/causes").As(hosts.Api.AdminKey).Expect(200);
        var effects = await hosts.Api.Http.Get($"/api/events/{Text(way[0], "id")}/effects").As(hosts.Api.AdminKey).Expect(200);

        Assert.Equal(way.Reverse().Select(e => Text(e, "id")), causes.Json.EnumerateArray().Select(e => Text(e, "id")));
        Assert.Superset(way[1..].Select(e => Text(e, "id")).ToHashSet(), effects.Json.EnumerateArray().Select(e => Text(e, "id")).ToHashSet());
    }

    private static JsonElement Only(IEnumerable<JsonElement> events, string type) => events.Single(e => Text(e, "type") == type);

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
