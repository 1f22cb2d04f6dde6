using System.Text.Json.Nodes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>Signs finished builds and releases them into production repositories; takes repositories back.</summary>
internal sealed class DemoRelease(DemoApi api, DemoConsole console)
{
    private const int SignCompleted = 3, SignFailed = 4, ReleaseCompleted = 3;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>The key of the sign node, which tells of it when it starts.</summary>
    public async Task<DemoKey> KeyAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if ((await api.GetAsync("/api/v1/sign-keys/", cancellation)).AsArray().FirstOrDefault(key => (bool)key!["active"]!) is { } key)
                return new DemoKey((int)key["id"]!, (string)key["keyid"]!, new Uri((string)key["public_url"]!));

            await Task.Delay(Poll, cancellation);
        }
    }

    public async Task SignAsync(DemoBuilt build, DemoKey key, CancellationToken cancellation)
    {
        var asked = await api.PostAsync("/api/v1/sign-tasks/", new JsonObject { ["build_id"] = build.Id, ["sign_key_id"] = key.Id }, cancellation)
            ?? throw new DemoFailedException($"Build {build.Id} is signed already.");
        while (true)
        {
            var task = (await api.GetAsync($"/api/v1/sign-tasks/?build_id={build.Id}", cancellation)).AsArray().Single(t => (int)t!["id"]! == (int)asked["id"]!)!; // asked for above
            if ((int)task["status"]! is SignFailed)
                throw new DemoFailedException($"Build {build.Id} was not signed: {task["error_message"]}");

            if ((int)task["status"]! is SignCompleted && (bool)(await api.GetAsync($"/api/v1/builds/{build.Id}/", cancellation))["signed"]!)
            {
                console.Done($"Build {build.Id} is signed with {key.KeyId}; every signature was verified");
                return;
            }

            await Task.Delay(Poll, cancellation);
        }
    }

    /// <returns>The release's number.</returns>
    public async Task<int> ReleaseAsync(DemoBuilt build, int platform, CancellationToken cancellation)
    {
        var planned = await api.PostAsync(
            "/api/v1/releases/new/", new JsonObject { ["builds"] = new JsonArray(build.Id), ["platform_id"] = platform, ["product_id"] = 1 }, cancellation)
            ?? throw new DemoFailedException("The release was refused.");
        var id = (int)planned["id"]!;
        var answer = await api.PostAsync($"/api/v1/releases/{id}/commit/", new JsonObject(), cancellation) ?? throw new DemoFailedException($"Release {id} is committed already.");
        var release = answer["release"]!;
        while ((int)release["status"]! is 2)
        {
            await Task.Delay(Poll, cancellation);
            release = await api.GetAsync($"/api/v1/releases/{id}/", cancellation);
        }

        if ((int)release["status"]! is not ReleaseCompleted)
            throw new DemoFailedException($"Release {id}: {release["plan"]?["last_log"] ?? answer["message"]}");

        var packages = release["plan"]!["packages"]!.AsArray().Select(p => (string)p!["package"]!["full_name"]!);
        console.Done($"Release {id}: {string.Join(", ", packages.Order(StringComparer.Ordinal))}");
        return id;
    }

    /// <summary>The production repository as clients see it now.</summary>
    public async Task<DemoProduction> ProductionAsync(DemoDistribution distribution, CancellationToken cancellation)
    {
        var found = (await api.GetAsync("/api/v1/repositories/", cancellation)).AsArray()
            .First(r => (string)r!["name"]! == distribution.Repository && (string)r["arch"]! == distribution.Arch)!; // made with the platform
        var id = (int)found["id"]!;
        var now = await api.GetAsync($"/api/repositories/{id}", cancellation);
        return new DemoProduction(id, new Uri(api.Url, distribution.RepositoryPath), (int)now["published"]!);
    }

    /// <summary>One command; it is done when clients see it.</summary>
    public async Task RollBackAsync(DemoProduction to, CancellationToken cancellation)
    {
        await api.PostAsync($"/api/repositories/{to.Id}/rollback", new JsonObject { ["version"] = to.Version }, cancellation);
        while (true)
        {
            var now = await api.GetAsync($"/api/repositories/{to.Id}", cancellation);
            if ((int)now["published"]! > to.Version && (int)now["published"]! == (int)now["revision"]!)
            {
                console.Done($"Repository {to.Id} is back at what version {to.Version} had, published as version {now["published"]}");
                return;
            }

            await Task.Delay(Poll, cancellation);
        }
    }
}

/// <param name="Id">Its number.</param>
/// <param name="KeyId">Its key id.</param>
/// <param name="Url">Where its public half is.</param>
internal sealed record DemoKey(int Id, string KeyId, Uri Url);

/// <param name="Id">Its number.</param>
/// <param name="Url">What apt or dnf is told.</param>
/// <param name="Version">The version clients saw when this was read.</param>
internal sealed record DemoProduction(int Id, Uri Url, int Version);
