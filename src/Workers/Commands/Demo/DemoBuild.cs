using System.Text.Json.Nodes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>Asks for builds and follows them to the published repository.</summary>
internal sealed class DemoBuild(DemoApi api, DemoConsole console)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Source package first, then the machine's arch.</summary>
    public async Task<DemoBuilt> RequestAsync(DemoDistribution distribution, IReadOnlyList<(Uri Url, string Commit)> sources, CancellationToken cancellation)
    {
        var request = new JsonObject
        {
            ["platforms"] = new JsonArray(new JsonObject
            {
                ["name"] = distribution.Platform, ["arch_list"] = new JsonArray(distribution.Arch), ["parallel_mode_enabled"] = false,
            }),
            ["tasks"] = new JsonArray([.. sources.Select(JsonNode (s) => new JsonObject { ["url"] = s.Url.AbsoluteUri, ["git_ref"] = s.Commit, ["ref_type"] = "git_ref" })]),
            ["product_id"] = 1,
        };
        var build = await api.PostAsync("/api/v1/builds/", request, cancellation) ?? throw new DemoFailedException("The build was refused.");
        return new DemoBuilt(distribution, (int)build["id"]!, [.. build["tasks"]!.AsArray().Select(task => (int)task!["id"]!)]);
    }

    /// <summary>Shows status changes and the logs while they happen, until the build has ended.</summary>
    public async Task FollowAsync(DemoBuilt build, CancellationToken cancellation)
    {
        await Task.WhenAll([FollowStatusAsync(build, cancellation), .. build.Tasks.Select(task => FollowLogAsync(task, cancellation))]);
        var ended = await api.GetAsync($"/api/builds/{build.Id}", cancellation);
        if (ended["tasks"]!.AsArray().FirstOrDefault(task => Text(task, "status") is not "completed") is { } failed)
            throw new DemoFailedException($"Task {failed["id"]} is {failed["status"]}: {failed["error"]}");
    }

    /// <returns>The repository of the build that got its binaries, once it is published.</returns>
    public async Task<DemoRepository> PublishedAsync(DemoBuilt build, CancellationToken cancellation)
    {
        while (true)
        {
            var repositories = (await api.GetAsync($"/api/builds/{build.Id}", cancellation))["repositories"]!.AsArray();
            var name = $"{build.Distribution.Platform}-{build.Distribution.Arch}-{build.Id}-br";
            var main = repositories.First(r => (string)r!["name"]! == name)!; // planned with the build
            if ((int)main["published"]! > 0 && (int)main["published"]! == (int)main["revision"]!)
                return new DemoRepository((int)main["id"]!, name, new Uri(api.Url, (string)main["url"]!), (string?)main["signedBy"]);

            await Task.Delay(Poll, cancellation);
        }
    }

    private async Task FollowStatusAsync(DemoBuilt build, CancellationToken cancellation)
    {
        await foreach (var item in api.FollowAsync($"/api/builds/{build.Id}/events", cancellation))
        {
            if (item.EventType is "alive" or "build" or "end")
                continue;

            var change = JsonNode.Parse(item.Data)!;
            console.Status($"{(change["taskId"] is { } task ? $"task {task}" : $"build {build.Id}")}: {change["status"]} {change["error"]}".TrimEnd());
        }
    }

    private async Task FollowLogAsync(int task, CancellationToken cancellation)
    {
        await foreach (var item in api.FollowAsync($"/api/build-tasks/{task}/log", cancellation))
        {
            if (item.EventType is "message" or "line")
                console.Log(item.Data);
        }
    }

    private static string? Text(JsonNode? node, string name) => ((string?)node?[name])?.ToLowerInvariant();
}

/// <param name="Distribution">What it is built for.</param>
/// <param name="Id">Its number.</param>
/// <param name="Tasks">Numbers of its tasks.</param>
internal sealed record DemoBuilt(DemoDistribution Distribution, int Id, IReadOnlyList<int> Tasks);

/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Url">What apt or dnf is told.</param>
/// <param name="SignedBy">Fingerprint of the key of its index.</param>
internal sealed record DemoRepository(int Id, string Name, Uri Url, string? SignedBy);
