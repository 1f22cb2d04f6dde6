extern alias workers;

using System.Text.Json;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using Microsoft.Extensions.DependencyInjection;
using workers::EventSourced.Workers.Adapters.Dnf;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>From a delivered rpm to what dnf installs from the production repository, with the signatures of both checked.</summary>
public sealed class RpmReleaseTests(PatientHosts hosts) : IClassFixture<PatientHosts>, IDisposable
{
    private readonly SigningClient signing = new(hosts);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("es-dnf-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Dnf_installs_what_was_built_signed_and_released()
    {
        await using var key = await GpgKey.MakeAsync();
        await using var server = await ContentServer.StartAsync(hosts.Api.Http);
        var (rpms, number, platform) = (await RpmFile.BuildAsync("tally"), await signing.RegisterAsync(key), await signing.ReleasePlatformAsync("devel"));
        var build = await signing.BuildOnAsync(platform.Name, rpms.Source, rpms.Binary);
        var release = Id((await Releases.Post("/api/v1/releases/new/", new { builds = new[] { build }, platform_id = platform.Id, product_id = 1 }).As(signing.Albs.Admin).Expect(200)).Json);
        Assert.Equal((4, $"Cannot commit release: build {build} is not signed"), await CommitAsync(release));

        await signing.SignAsync(await signing.RequestAsync(build, number), build, key);

        Assert.Equal((3, "Successfully committed release"), await CommitAsync(release));
        Assert.Equal([release], (await signing.ReleasesAsync(platform.Id)).Select(Id)); // automatic releases are off
        var dnf = await RootAsync("x86_64");
        await dnf.RunAsync(Token, "makecache");
        await dnf.RunAsync(Token, "install", "tally");
        Assert.StartsWith("tally ", await File.ReadAllTextAsync(Path.Combine(dnf.Folder, "opt/tally"), Token));
        Assert.Equal("tally-0:1.0-1.src\n", await (await RootAsync("src")).RunAsync(Token, "repoquery", "tally"));

        async Task<DnfRoot> RootAsync(string arch)
        {
            var packageKey = Path.Combine(folder.FullName, "packages.asc");
            await File.WriteAllTextAsync(packageKey, key.PublicKey, Token);
            return await DnfRoot.CreateAsync(Path.Combine(folder.FullName, arch), new Uri(server.Address, platform.Folder(arch)), new Uri(packageKey), Token);
        }
    }

    [Fact]
    public async Task A_commit_in_the_moment_between_a_builds_signing_and_its_files_waits_for_the_files()
    {
        await using var key = await GpgKey.MakeAsync();
        var (release, build, signTask) = await BetweenSigningAndFilesAsync(key, "moment");

        var commit = CommitAsync(release);
        await signing.SignAsync(signTask, build, key);

        Assert.Equal((3, "Successfully committed release"), await commit);
    }

    [Fact]
    public async Task A_dry_run_in_that_moment_waits_for_the_files_as_the_commit_does()
    {
        await using var key = await GpgKey.MakeAsync();
        var (release, build, signTask) = await BetweenSigningAndFilesAsync(key, "dryrun");

        var dryRun = Releases.Post($"/api/releases/{release}/dry-run").As(signing.Albs.Admin).Expect(200);
        await signing.SignAsync(signTask, build, key);

        var rehearsed = (await dryRun).Json;
        Assert.Equal(("completed", "Successfully committed release"), (rehearsed.GetProperty("status").GetString(), rehearsed.GetProperty("message").GetString()));
        Assert.Equal((3, "Successfully committed release"), await CommitAsync(release));
    }

    private async Task<(int Release, int Build, int SignTask)> BetweenSigningAndFilesAsync(GpgKey key, string name)
    {
        var (rpms, number, platform) = (await RpmFile.BuildAsync(name), await signing.RegisterAsync(key), await signing.ReleasePlatformAsync("devel"));
        var build = await signing.BuildOnAsync(platform.Name, rpms.Source, rpms.Binary);
        var release = Id((await Releases.Post("/api/v1/releases/new/", new { builds = new[] { build }, platform_id = platform.Id, product_id = 1 }).As(signing.Albs.Admin).Expect(200)).Json);
        var signTask = await signing.RequestAsync(build, number);
        await CallSignedAsync(new BuildId(build), new SignTaskId(signTask));
        return (release, build, signTask);
    }

    private async Task CallSignedAsync(BuildId build, SignTaskId signTask)
    {
        await using var session = hosts.Api.Services.GetRequiredService<IDocumentStore>().LightweightSession();
        session.Events.Append(build.StreamKey, new BuildSigned(build, signTask, []));
        await session.SaveChangesAsync(Token);
    }

    private HttpClient Releases => hosts.Api.Http;

    private static int Id(JsonElement json) => json.GetProperty("id").GetInt32();

    private async Task<(int Status, string? Message)> CommitAsync(int release)
    {
        var answer = (await Releases.Post($"/api/v1/releases/{release}/commit/").As(signing.Albs.Admin).Expect(200)).Json;
        return (answer.GetProperty("release").GetProperty("status").GetInt32(), answer.GetProperty("message").GetString());
    }
}
