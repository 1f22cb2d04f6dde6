using System.Globalization;
using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;

namespace EventSourced.Api.Tests.Packages;

/// <summary>Both hosts, and answers to commits that wait for the end, however slow the machine.</summary>
public sealed class PatientHosts : BothHosts
{
    public PatientHosts() => Api.Settings["Packages:Releases:CommitWait"] = "00:00:50";
}

/// <summary>A deb platform of its own, with production repositories.</summary>
internal sealed record ReleasePlatform(string Name, int Id, IReadOnlyList<JsonElement> Repositories)
{
    public string Folder(int place) => $"/pulp/content/prod/{Repositories[place].GetProperty("name").GetString()}-amd64";

    public int RepositoryId(int place) => Repositories[place].GetProperty("id").GetInt32();
}

/// <summary>Builds delivered by the local node, and their releases, as a client calls them.</summary>
internal sealed class ReleaseClient(ApiHost host)
{
    private readonly PulpClient pulp = new(host.Http, host.NodeToken);

    public AlbsClient Albs { get; } = new(host);

    private HttpClient Http => Albs.Http;

    /// <param name="suffixes">Of the names of its production repositories.</param>
    public async Task<ReleasePlatform> PlatformAsync(params string[] suffixes)
    {
        var name = AlbsClient.NewName("p");
        var repos = suffixes.Select(s => $"{name}-12-{s}").Select(r => new { name = r, arch = "amd64", type = "deb", production = true, url = $"/pulp/content/prod/{r}-amd64/" });
        var made = await Http.Post("/api/v1/platforms/", new { name, type = "deb", distr_type = "debian", distr_version = "12", arch_list = new[] { "amd64" }, repos })
            .As(Albs.Admin).Expect(200);
        var all = (await Http.Get("/api/v1/repositories/").As(Albs.Admin).Expect(200)).Json.EnumerateArray().ToList();
        return new(name, made.Json.GetProperty("id").GetInt32(), [.. suffixes.Select(s => all.Single(r => r.GetProperty("name").GetString() == $"{name}-12-{s}"))]);
    }

    /// <summary>A finished build of one package.</summary>
    public async Task<int> BuildAsync(ReleasePlatform platform, DebFile deb)
    {
        var (build, task) = await ClaimAsync(platform);
        await Albs.Report(host.NodeToken, task, "done", [new { name = deb.Name, type = "deb", href = await pulp.UploadAsync(deb.Bytes), sha256 = deb.Sha256 }]).Expect(200);
        return build;
    }

    /// <summary>A finished build of one package for several platforms.</summary>
    /// <param name="debs">By the names of the platforms.</param>
    public async Task<int> BuildAsync(IReadOnlyDictionary<string, DebFile> debs)
    {
        var build = Id((await Http.Post("/api/v1/builds/", new
        {
            platforms = debs.Keys.Select(name => new { name, arch_list = new[] { "amd64" } }), tasks = new[] { new { url = "https://git.example.org/tally.git", git_ref = "main" } },
        }).As(Albs.Admin).Expect(200)).Json);
        for (var left = debs.Count; left > 0 && await Albs.ClaimAsync(host.NodeToken, ["amd64"]) is { } task;)
        {
            if (task.GetProperty("build_id").GetInt32() != build)
                continue;

            var deb = debs[task.GetProperty("platform").GetProperty("name").GetString()!];
            await Albs.Report(host.NodeToken, Id(task), "done", [new { name = deb.Name, type = "deb", href = await pulp.UploadAsync(deb.Bytes), sha256 = deb.Sha256 }]).Expect(200);
            left--;
        }

        return build;
    }

    public async Task<(int Build, int Task)> ClaimAsync(ReleasePlatform platform)
    {
        var build = (await Albs.SubmitAsync(platform.Name, ["amd64"], "https://git.example.org/tally.git")).GetProperty("id").GetInt32();
        while (await Albs.ClaimAsync(host.NodeToken, ["amd64"]) is { } task)
        {
            if (task.GetProperty("build_id").GetInt32() == build)
                return (build, task.GetProperty("id").GetInt32());
        }

        throw new InvalidOperationException("The build's task was not handed out.");
    }

    /// <summary>In the documented form, which asks for no signatures.</summary>
    public async Task<JsonElement> PlanAsync(ReleasePlatform platform, params int[] builds) => (await Http.Post(
        "/api/v1/releases/new/", new { builds, platform_id = platform.Id, reference_platform_id = platform.Id }).As(Albs.Admin).Expect(200)).Json;

    public async Task<JsonElement> PutAsync(int release, object plan) =>
        (await Http.Put($"/api/v1/releases/{release}/", new { plan }).As(Albs.Admin).Expect(200)).Json;

    public HttpScenario Commit(int release) => Http.Post($"/api/v1/releases/{release}/commit/").As(Albs.Admin);

    /// <returns>Status and message.</returns>
    public async Task<(int Status, string Message)> CommitAsync(int release)
    {
        var answer = (await Commit(release).Expect(200)).Json;
        return (answer.GetProperty("release").GetProperty("status").GetInt32(), answer.GetProperty("message").GetString()!);
    }

    /// <summary>Plans and commits.</summary>
    public async Task<(int Release, int Status, string Message)> ReleaseAsync(ReleasePlatform platform, params int[] builds)
    {
        var release = Id(await PlanAsync(platform, builds));
        var (status, message) = await CommitAsync(release);
        return (release, status, message);
    }

    public async Task<JsonElement> ReadAsync(int release) => (await Http.Get($"/api/v1/releases/{release}/").Expect(200)).Json;

    public async Task<JsonElement> ReadBuildAsync(int build) => (await Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json;

    public async Task<JsonElement> RehearseAsync(int release) => (await Http.Post($"/api/releases/{release}/dry-run").As(Albs.Admin).Expect(200)).Json;

    /// <summary>apt's list of packages in a production repository; empty before the first version.</summary>
    public async Task<string> IndexAsync(ReleasePlatform platform, int place)
    {
        var answer = await Http.Get($"{platform.Folder(place)}/dists/stable/main/binary-amd64/Packages").Expect(200, 404);
        return answer.Status is 200 ? answer.Text : "";
    }

    public async Task<long> CountAsync(string rows)
    {
        await using var count = host.Database.DataSource.CreateCommand($"select count(*) from {rows}");
        return Convert.ToInt64(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
    }

    public static int Id(JsonElement thing) => thing.GetProperty("id").GetInt32();
}
