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
        await DeliverAsync(build, digests: true, Files);
        await DeliverAsync(build, digests: true, "wood-1.0-1.src.rpm", "wood-1.0-1.x86_64.rpm");

        await SignAsync(build, key, package => new { id = package.Id, name = package.Name, href = $"/s/{package.Id}/", sha256 = Digest() });
        var (release, _) = await PlanAsync(platform, build);

        Assert.Equal((Completed, "Successfully committed release"), await CommitAsync(release));
        var seen = await signing.SeenAsync(build);
        Assert.True(seen.GetProperty("signed").GetBoolean());
        Assert.True(seen.GetProperty("released").GetBoolean());
        Assert.All(RpmsOf(seen), rpm => Assert.StartsWith("/s/", rpm.GetProperty("href").GetString(), StringComparison.Ordinal));
        await hosts.Api.Http.Get($"{platform.Folder("x86_64")}Packages/t/{Files[1]}").Expect(404); // its bytes are elsewhere
        await hosts.Api.Http.Get($"/pulp/content/builds/{platform.Name}-x86_64-{build}-br/repodata/repomd.xml").Expect(200); // of nothing, for the node's package manager
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_repository_has_is_the_same_to_a_plan_as_to_a_commit(bool digests)
    {
        var platform = await signing.ReleasePlatformAsync("devel");
        var (first, second) = (await BuildAsync(platform, digests), await BuildAsync(platform, digests));
        var (release, plan) = await PlanAsync(platform, first, isCurrentForm: false);
        Assert.Equal(("{}", "{}"), Present(plan));
        Assert.Equal((Completed, "Successfully committed release"), await CommitAsync(release));

        (release, plan) = await PlanAsync(platform, first, isCurrentForm: false);
        Assert.Equal((string.Join(',', Files), string.Join(',', Files)), Names(plan));
        Assert.All(plan.GetProperty("packages").EnumerateArray().Select(p => p.GetProperty("package")), package =>
            Assert.Equal(package.GetProperty("artifact_href").GetString(), package.GetProperty("href_from_repo").GetString()));
        Assert.Equal(Completed, (await CommitAsync(release)).Status); // the same files

        (release, plan) = await PlanAsync(platform, second, isCurrentForm: false);
        Assert.Equal(("", string.Join(',', Files)), Names(plan));
        Assert.All(plan.GetProperty("packages").EnumerateArray(), p => Assert.Equal(JsonValueKind.Null, p.GetProperty("package").GetProperty("href_from_repo").ValueKind));
        var (status, message) = await CommitAsync(release);
        Assert.Equal(Failed, status);
        Assert.EndsWith("package already in repo and force release is disabled", message, StringComparison.Ordinal);

        static (string, string) Present(JsonElement plan) => (plan.GetProperty("packages_from_repos").GetRawText(), plan.GetProperty("packages_in_repos").GetRawText());
        static (string, string) Names(JsonElement plan) => (NamesIn(plan.GetProperty("packages_from_repos")), NamesIn(plan.GetProperty("packages_in_repos")));
        static string NamesIn(JsonElement packages) => string.Join(',', packages.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"key_ids": ["AB12"]}""")]
    [InlineData("one")]
    public async Task A_sign_node_that_succeeded_has_signed_what_it_does_not_name(string packages)
    {
        var (platform, key) = (await signing.ReleasePlatformAsync("devel"), await RegisterAsync());
        var build = await BuildAsync(platform, digests: true);
        var before = RpmsOf(await signing.SeenAsync(build)).ToDictionary(rpm => rpm.GetProperty("name").GetString()!, rpm => rpm.GetProperty("href").GetString());

        var task = await SignAsync(build, key, handedOut => packages is not "one" ? JsonSerializer.Deserialize<object>(packages)
            : new[] { new { id = handedOut[1].Id, name = handedOut[1].Name, href = "/s/1/", sha256 = Digest() } });

        Assert.Equal(Completed, task.GetProperty("status").GetInt32());
        var seen = await signing.SeenAsync(build);
        Assert.True(seen.GetProperty("signed").GetBoolean());
        var changed = RpmsOf(seen).Where(rpm => rpm.GetProperty("href").GetString() != before[rpm.GetProperty("name").GetString()!]).ToList();
        Assert.Equal(packages is "one" ? 1 : 0, changed.Count);
        Assert.Equal((Completed, "Successfully committed release"), await CommitAsync((await PlanAsync(platform, build)).Release));
    }

    private async Task<int> RegisterAsync()
    {
        var fingerprint = Digest()[..40];
        return ReleaseClient.Id((await hosts.Api.Http.Post("/api/v1/sign-keys/new/", new
        {
            name = "believed", description = "a key", keyid = fingerprint[^16..], fingerprint, public_url = "https://keys.example.org/key.asc",
        }).As(hosts.Api.SignToken).Expect(201)).Json);
    }

    private async Task<int> BuildAsync(RpmPlatform platform, bool digests)
    {
        var build = ReleaseClient.Id(await signing.Albs.SubmitAsync(platform.Name, ["x86_64"], "https://git.example.org/tree.git"));
        await DeliverAsync(build, digests, Files);
        return build;
    }

    /// <summary>The build's next task delivers these; what follows from it fails nowhere, and leaves nothing that the next one would wait for.</summary>
    private async Task DeliverAsync(int build, bool digests, params string[] files)
    {
        var task = (await signing.Albs.ClaimAsync(hosts.Api.NodeToken, ["x86_64"]))!.Value;
        Assert.Equal(build, task.GetProperty("build_id").GetInt32());
        await signing.SettledAsync(signing.Albs.Report(
            hosts.Api.NodeToken, ReleaseClient.Id(task), "done", [.. files.Select(name => new { name, type = "rpm", href = $"/a/{Guid.NewGuid()}/", sha256 = digests ? Digest() : null })]));
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

    /// <param name="isCurrentForm">The documented one asks for no signatures.</param>
    private async Task<(int Release, JsonElement Plan)> PlanAsync(RpmPlatform platform, int build, bool isCurrentForm = true)
    {
        var release = (await hosts.Api.Http.Post("/api/v1/releases/new/", new
        {
            builds = new[] { build }, platform_id = platform.Id, product_id = isCurrentForm ? 1 : (int?)null, reference_platform_id = isCurrentForm ? null : (int?)platform.Id,
        }).As(signing.Albs.Admin).Expect(200)).Json;
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
