using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;
using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>Both hosts where files are references to a store elsewhere.</summary>
public sealed class TrustHosts : BothHosts
{
    public TrustHosts()
    {
        Api.Settings["Artifacts:Mode"] = WorkersSettings["Artifacts:Mode"] = "Trust";
        Api.Settings["Packages:Releases:CommitWait"] = "00:00:50";
    }
}

/// <summary>From a build to a release where references and digests are believed, and there are no bytes to look at.</summary>
public sealed class TrustTests(TrustHosts hosts) : IClassFixture<TrustHosts>
{
    private const int Completed = 3, Failed = 4;

    private static readonly string[] Files = ["tree-2.1-1.src.rpm", "tree-2.1-1.x86_64.rpm", "tree-doc-2.1-1.noarch.rpm"];

    private readonly SigningClient signing = new(hosts);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_build_with_digests_is_handed_out_signed_and_released_without_waiting_for_files()
    {
        var (platform, key) = (await signing.ReleasePlatformAsync("devel"), await RegisterAsync());
        var build = ReleaseClient.Id(await signing.Albs.SubmitAsync(platform.Name, ["x86_64"], "https://git.example.org/tree.git", "https://git.example.org/wood.git"));
        await DeliverAsync(build, Files);
        await DeliverAsync(build, "wood-1.0-1.src.rpm", "wood-1.0-1.x86_64.rpm");

        await SignAsync(build, key, package => new { id = package.Id, name = package.Name, href = $"/s/{package.Id}/", sha256 = Digest() });
        var (release, _) = await PlanAsync(platform, build);

        Assert.Equal((Completed, "Successfully committed release"), await CommitAsync(release));
        var seen = await signing.SeenAsync(build);
        Assert.True(seen.GetProperty("signed").GetBoolean());
        Assert.True(seen.GetProperty("released").GetBoolean());
        Assert.All(RpmsOf(seen), rpm => Assert.StartsWith("/s/", rpm.GetProperty("href").GetString(), StringComparison.Ordinal));
        await hosts.Api.Http.Get($"{platform.Folder("x86_64")}Packages/t/{Files[1]}").Expect(404); // its bytes are elsewhere
    }

    private async Task<int> RegisterAsync()
    {
        var fingerprint = Digest()[..40];
        return ReleaseClient.Id((await hosts.Api.Http.Post("/api/v1/sign-keys/new/", new
        {
            name = "believed", description = "a key", keyid = fingerprint[^16..], fingerprint, public_url = "https://keys.example.org/key.asc",
        }).As(hosts.Api.SignToken).Expect(201)).Json);
    }

    /// <summary>The build's next task delivers these; what follows from it fails nowhere, and leaves nothing that the next one would wait for.</summary>
    private async Task DeliverAsync(int build, params string[] files)
    {
        var task = (await signing.Albs.ClaimAsync(hosts.Api.NodeToken, ["x86_64"]))!.Value;
        Assert.Equal(build, task.GetProperty("build_id").GetInt32());
        await signing.SettledAsync(signing.Albs.Report(
            hosts.Api.NodeToken, ReleaseClient.Id(task), "done", [.. files.Select(name => new { name, type = "rpm", href = $"/a/{Guid.NewGuid()}/", sha256 = Digest() })]));
        await using var session = hosts.Api.Services.GetRequiredService<IDocumentStore>().QuerySession();
        Assert.True(await session.ArePublishedAsync(new BuildId(build), Token));
    }

    private Task<JsonElement> SignAsync(int build, int key, Func<(int Id, string Name), object> report) =>
        SignAsync(build, key, handedOut => handedOut.Select(report).ToArray());

    /// <returns>The sign task when all that follows from the report has happened.</returns>
    private async Task<JsonElement> SignAsync(int build, int key, Func<IReadOnlyList<(int Id, string Name)>, object?> report)
    {
        var task = await signing.RequestAsync(build, key);
        var keyId = (await signing.TaskAsync(build, task)).GetProperty("sign_key").GetProperty("keyid").GetString()!;
        var handedOut = (await signing.ClaimAsync(keyId))!.Value;
        Assert.Equal(task, ReleaseClient.Id(handedOut));
        var packages = handedOut.GetProperty("packages").EnumerateArray().Select(p => (ReleaseClient.Id(p), p.GetProperty("name").GetString()!)).ToList();
        await signing.SettledAsync(signing.Complete(task, new { build_id = build, success = true, packages = report(packages) }));
        return await signing.TaskAsync(build, task);
    }

    private async Task<(int Release, JsonElement Plan)> PlanAsync(RpmPlatform platform, int build)
    {
        var release = (await hosts.Api.Http.Post("/api/v1/releases/new/", new { builds = new[] { build }, platform_id = platform.Id, product_id = 1 })
            .As(signing.Albs.Admin).Expect(200)).Json;
        return (ReleaseClient.Id(release), release.GetProperty("plan"));
    }

    private async Task<(int Status, string Message)> CommitAsync(int release)
    {
        var answer = (await hosts.Api.Http.Post($"/api/v1/releases/{release}/commit/").As(signing.Albs.Admin).Expect(200)).Json;
        return (answer.GetProperty("release").GetProperty("status").GetInt32(), answer.GetProperty("message").GetString()!);
    }

    private static IEnumerable<JsonElement> RpmsOf(JsonElement build) => build.GetProperty("tasks").EnumerateArray()
        .SelectMany(task => task.GetProperty("artifacts").EnumerateArray()).Where(artifact => artifact.GetProperty("type").GetString() is "rpm");

    private static string Digest() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
}
