using System.Text;
using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;
using EventSourced.Messaging.Tracking;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>An rpm platform of its own for x86_64, with production repositories of one name.</summary>
internal sealed record RpmPlatform(string Name, int Id, string Repository)
{
    public string Folder(string arch) => $"/pulp/content/prod/{Repository}-{arch}/";
}

/// <summary>Builds with packages to sign, and what a person and a sign node do with them, through both hosts.</summary>
internal sealed class SigningClient(BothHosts hosts)
{
    private readonly PulpClient builder = new(hosts.Api.Http, hosts.Api.NodeToken);

    public AlbsClient Albs { get; } = new(hosts.Api);

    public PulpClient Store { get; } = new(hosts.Api.Http, hosts.Api.SignToken);

    private HttpClient Http => hosts.Api.Http;

    /// <summary>A build of one task that delivered these files; returns when nothing of it is left to do.</summary>
    public async Task<int> BuildAsync(params (string Name, string Type, byte[] Bytes)[] files)
    {
        var (name, arch) = (AlbsClient.NewName("p"), AlbsClient.NewName("a"));
        await Http.Post("/api/v1/platforms/", new { name, type = "rpm", distr_type = "demo", distr_version = "9", arch_list = new[] { arch } }).As(Albs.Admin).Expect(200);
        var build = (await Albs.SubmitAsync(name, [arch], "https://git.example.org/tally.git")).GetProperty("id").GetInt32();
        var task = (await Albs.ClaimAsync(hosts.Api.NodeToken, [arch]))!.Value.GetProperty("id").GetInt32();
        var artifacts = new List<object>();
        foreach (var file in files)
            artifacts.Add(new { name = file.Name, type = file.Type, href = await builder.UploadAsync(file.Bytes) });

        await SettledAsync(Albs.Report(hosts.Api.NodeToken, task, "done", [.. artifacts]));
        return build;
    }

    /// <summary>A build of one package for so many arches, each of which only this build has.</summary>
    public async Task<(int Build, IReadOnlyList<string> Arches)> SubmitAsync(int tasks)
    {
        var (name, arches) = (AlbsClient.NewName("p"), Enumerable.Range(0, tasks).Select(_ => AlbsClient.NewName("a")).ToArray());
        await Http.Post("/api/v1/platforms/", new { name, type = "rpm", distr_type = "demo", distr_version = "9", arch_list = arches }).As(Albs.Admin).Expect(200);
        return ((await Albs.SubmitAsync(name, arches, "https://git.example.org/tally.git")).GetProperty("id").GetInt32(), arches);
    }

    /// <summary>The local node delivers these packages for the task of this arch.</summary>
    public async Task DeliverAsync(string arch, params RpmFile[] rpms)
    {
        var task = (await Albs.ClaimAsync(hosts.Api.NodeToken, [arch]))!.Value.GetProperty("id").GetInt32();
        var artifacts = new List<object>();
        foreach (var rpm in rpms)
            artifacts.Add(new { name = rpm.Name, type = "rpm", href = await builder.UploadAsync(rpm.Bytes) });

        await SettledAsync(Albs.Report(hosts.Api.NodeToken, task, "done", [.. artifacts]));
    }

    /// <param name="suffix">Of the name of its production repositories; <c>devel</c> is where releases go by themselves.</param>
    public async Task<RpmPlatform> ReleasePlatformAsync(string suffix)
    {
        var name = AlbsClient.NewName("p");
        var repository = $"{name}-9-{suffix}";
        var repos = new[] { "x86_64", "src" }.Select(arch => new { name = repository, arch, type = "rpm", production = true, url = $"/pulp/content/prod/{repository}-{arch}/" });
        var made = await Http.Post("/api/v1/platforms/", new { name, type = "rpm", distr_type = "demo", distr_version = "9", arch_list = new[] { "x86_64" }, repos })
            .As(Albs.Admin).Expect(200);
        return new(name, made.Json.GetProperty("id").GetInt32(), repository);
    }

    /// <summary>A finished build for x86_64 that delivered these packages.</summary>
    public async Task<int> BuildOnAsync(string platform, params RpmFile[] rpms)
    {
        var build = (await Albs.SubmitAsync(platform, ["x86_64"], "https://git.example.org/tally.git")).GetProperty("id").GetInt32();
        await DeliverAsync("x86_64", rpms);
        return build;
    }

    /// <summary>A sign node with the key does this task; returns when nothing of it is left to do.</summary>
    public async Task SignAsync(int task, int build, GpgKey key)
    {
        var handedOut = (await ClaimAsync(key.KeyId))!.Value;
        Assert.Equal(task, handedOut.GetProperty("id").GetInt32());
        await SettledAsync(Complete(task, new { build_id = build, success = true, packages = await SignAllAsync(handedOut, key) }));
    }

    /// <summary>Of one platform, the newest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> ReleasesAsync(int platform) =>
        [.. (await Http.Get($"/api/v1/releases/?platform_id={platform}").Expect(200)).Json.EnumerateArray()];

    public Task<int> BuildAsync((RpmFile Source, RpmFile Binary) rpms) => BuildAsync((rpms.Source.Name, "rpm", rpms.Source.Bytes), (rpms.Binary.Name, "rpm", rpms.Binary.Bytes));

    public async Task<int> RegisterAsync(GpgKey key, string name = "demo") => (await Http.Post("/api/v1/sign-keys/new/", new
    {
        name, description = "a key", keyid = key.KeyId, fingerprint = key.Fingerprint, public_key = key.PublicKey,
    }).As(hosts.Api.SignToken).Expect(201)).Json.GetProperty("id").GetInt32();

    public HttpScenario Request(int build, int key) => Http.Post("/api/v1/sign-tasks/", new { build_id = build, sign_key_id = key });

    public async Task<int> RequestAsync(int build, int key) => (await Request(build, key).As(Albs.Admin).Expect(200)).Json.GetProperty("id").GetInt32();

    /// <summary>Null when there is no task.</summary>
    public async Task<JsonElement?> ClaimAsync(string keyId, string? credential = null, string query = "") =>
        (await Http.Post($"/api/v1/sign-tasks/get_sign_task/{query}", new { key_ids = new[] { keyId } }).As(credential ?? hosts.Api.SignToken).Expect(200)).Json is var task
        && task.TryGetProperty("id", out _) ? task : null;

    public HttpScenario Complete(int task, object body, string? credential = null) =>
        Http.Post($"/api/v1/sign-tasks/{task}/complete/", body).As(credential ?? hosts.Api.SignToken);

    /// <summary>What a node reports of one signed file.</summary>
    public async Task<Dictionary<string, object?>> SignedAsync(JsonElement package, byte[] bytes, string fingerprint) => new()
    {
        ["id"] = package.GetProperty("id").GetInt32(), ["name"] = package.GetProperty("name").GetString(), ["arch"] = package.GetProperty("arch").GetString(),
        ["type"] = package.GetProperty("type").GetString(), ["href"] = await Store.UploadAsync(bytes), ["fingerprint"] = fingerprint,
        ["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), ["cas_hash"] = null,
    };

    /// <summary>Every package of a handed-out task, fetched from where the node is told and signed.</summary>
    public async Task<List<Dictionary<string, object?>>> SignAllAsync(JsonElement task, GpgKey key)
    {
        var signed = new List<Dictionary<string, object?>>();
        foreach (var package in task.GetProperty("packages").EnumerateArray())
        {
            var bytes = await Http.GetByteArrayAsync(new Uri(package.GetProperty("download_url").GetString()!), TestContext.Current.CancellationToken);
            var isRpm = package.GetProperty("type").GetString() is "rpm";
            signed.Add(await SignedAsync(package, isRpm ? await key.SignRpmAsync(bytes) : await key.ClearSignAsync(Encoding.UTF8.GetString(bytes)), key.Fingerprint));
        }

        return signed;
    }

    public async Task<JsonElement> TaskAsync(int build, int task) =>
        (await Http.Get($"/api/v1/sign-tasks?build_id={build}").Expect(200)).Json.EnumerateArray().Single(t => t.GetProperty("id").GetInt32() == task);

    public async Task<JsonElement> SeenAsync(int build) => (await Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json;

    /// <summary>Sends the request and returns when nothing that follows from it is left to do.</summary>
    public async Task SettledAsync(HttpScenario request, int status = 200)
    {
        var correlation = Guid.CreateVersion7().ToString("N");
        await hosts.Workers.TrackActivity().Timeout(TimeSpan.FromMinutes(2)).ExecuteAndWaitAsync(
            correlation, () => request.With("X-Correlation-Id", correlation).Expect(status), TestContext.Current.CancellationToken);
    }
}
