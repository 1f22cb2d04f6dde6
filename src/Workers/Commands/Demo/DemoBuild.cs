using System.Text.Json.Nodes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>Asks for a build and follows it to the published repository.</summary>
internal sealed class DemoBuild(DemoApi api, DemoConsole console)
{
    private const string PlatformName = "Demo-deb";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <returns>The build's id and those of its tasks.</returns>
    public async Task<(int Build, IReadOnlyList<int> Tasks)> RequestAsync(Uri source, string commit, string arch, CancellationToken cancellation)
    {
        var platform = new JsonObject
        {
            ["name"] = PlatformName, ["type"] = "deb", ["distr_type"] = "debian", ["distr_version"] = "12", ["test_dist_name"] = "debian",
            ["arch_list"] = new JsonArray(arch), ["repos"] = new JsonArray(), ["data"] = new JsonObject(),
        };
        console.Done(await api.PostAsync("/api/v1/platforms/", platform, cancellation) is null ? $"Platform {PlatformName} is there" : $"Platform {PlatformName} made");

        var request = new JsonObject
        {
            ["platforms"] = new JsonArray(new JsonObject { ["name"] = PlatformName, ["arch_list"] = new JsonArray(arch) }),
            ["tasks"] = new JsonArray(new JsonObject { ["url"] = source.AbsoluteUri, ["git_ref"] = commit }),
        };
        var build = await api.PostAsync("/api/v1/builds/", request, cancellation) ?? throw new DemoFailedException("The build was refused.");
        return ((int)build["id"]!, [.. build["tasks"]!.AsArray().Select(task => (int)task!["id"]!)]);
    }

    /// <summary>Shows status changes and the log while they happen, until the build has ended.</summary>
    public async Task FollowAsync(int build, int task, CancellationToken cancellation) =>
        await Task.WhenAll(FollowStatusAsync(build, cancellation), FollowLogAsync(task, cancellation));

    /// <returns>The build's repository that got the packages, published.</returns>
    public async Task<DemoRepository> PublishedAsync(int build, CancellationToken cancellation)
    {
        while (true)
        {
            var status = await api.GetAsync($"/api/builds/{build}", cancellation);
            if (status["tasks"]!.AsArray().FirstOrDefault(task => Text(task, "status") is not "completed") is { } failed)
                throw new DemoFailedException($"Task {failed["id"]} is {failed["status"]}: {failed["error"]}");

            var repositories = status["repositories"]!.AsArray().Where(r => (int)r!["revision"]! > 0).ToList();
            if (repositories is [_, ..] && repositories.All(r => (int)r!["published"]! > 0))
            {
                var main = repositories.First(r => !((string)r!["name"]!).EndsWith("-debug-br", StringComparison.Ordinal))!; // status speaks of all of them
                return new DemoRepository((int)main["id"]!, (string)main["name"]!, new Uri(api.Url, (string)main["url"]!), (string?)main["signedBy"]);
            }

            await Task.Delay(Poll, cancellation);
        }
    }

    private async Task FollowStatusAsync(int build, CancellationToken cancellation)
    {
        await foreach (var item in api.FollowAsync($"/api/builds/{build}/events", cancellation))
        {
            if (item.EventType is "alive" or "build" or "end")
                continue;

            var change = JsonNode.Parse(item.Data)!;
            console.Status($"{(change["taskId"] is { } task ? $"task {task}" : $"build {build}")}: {change["status"]} {change["error"]}".TrimEnd());
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

/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Url">What apt is told.</param>
/// <param name="SignedBy">Fingerprint of the key of its index.</param>
internal sealed record DemoRepository(int Id, string Name, Uri Url, string? SignedBy);
