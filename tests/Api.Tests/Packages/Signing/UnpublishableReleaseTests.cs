using System.Text.Json;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Messaging;
using EventSourced.Projections.Packages;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>A package that createrepo_c cannot describe, of a time when nobody asked it before: its release ends, and those after it are none the worse.</summary>
public sealed class UnpublishableReleaseTests(PatientHosts hosts) : IClassFixture<PatientHosts>
{
    private const int Completed = 3, Failed = 4;

    private readonly SigningClient signing = new(hosts);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_release_fails_as_a_whole_and_the_next_one_is_carried_out()
    {
        var platform = await signing.ReleasePlatformAsync("devel");
        var (build, odd) = await OddBuildAsync(platform, "odd");

        var (status, message) = await ReleaseAsync(platform, build);

        var target = await RepositoryAsync(platform, "x86_64");
        Assert.Equal((Failed, $"Cannot commit release: repository {target} cannot be published: createrepo_c cannot describe {odd.Name}"), (status, message));
        foreach (var arch in (string[])["x86_64", "src"])
            Assert.Equal((0, null), await EndedAsync(await RepositoryAsync(platform, arch)));

        Assert.False((await hosts.Api.Http.Get($"/api/v1/builds/{build}/").Expect(200)).Json.GetProperty("released").GetBoolean());
        var (source, binary) = await RpmFile.BuildAsync("even");
        Assert.Equal((Completed, "Successfully committed release"), await ReleaseAsync(platform, await signing.BuildOnAsync(platform.Name, source, binary)));
        Assert.Equal((1, null), await EndedAsync(target));
    }

    [Fact]
    public async Task What_came_without_a_release_is_shown_and_keeps_no_release_waiting()
    {
        var platform = await signing.ReleasePlatformAsync("devel");
        var target = new RepositoryId(await RepositoryAsync(platform, "x86_64"));
        var odd = (await OddAsync("odd")).Binary;
        var package = new RepositoryPackage(RepositoryPackage.PathOf(odd.Name), odd.Name, await signing.Store.UploadAsync(odd.Bytes), odd.Sha256, odd.Bytes.Length);
        await InvokeAsync(new AddRepositoryPackages(target, [package]));
        await WaitAsync(target, repository => repository.Failure is not null);
        var failure = (await hosts.Api.Http.Get($"/api/repositories/{target.Value}").Expect(200)).Json.GetProperty("failure");
        Assert.Equal($"createrepo_c cannot describe {odd.Name}", failure.GetProperty("reason").GetString());

        var (source, binary) = await RpmFile.BuildAsync("even");
        var build = await signing.BuildOnAsync(platform.Name, source, binary);
        var (status, message) = await ReleaseAsync(platform, build);
        Assert.Equal(Failed, status);
        Assert.EndsWith($"createrepo_c cannot describe {odd.Name}", message, StringComparison.Ordinal);

        await InvokeAsync(new RemoveRepositoryPackages(target, [package.Path]));
        Assert.Equal((Completed, "Successfully committed release"), await ReleaseAsync(platform, build));
    }

    private static Task<(RpmFile Source, RpmFile Binary)> OddAsync(string name) => RpmFile.BuildAsync(name, summary: "a\u0001bell");

    /// <summary>A build whose binary package is another one than was looked at.</summary>
    private async Task<(int Build, RpmFile Odd)> OddBuildAsync(RpmPlatform platform, string name)
    {
        var (source, binary) = await RpmFile.BuildAsync(name);
        var build = await signing.BuildOnAsync(platform.Name, source, binary);
        var odd = (await OddAsync(name)).Binary;
        var href = await signing.Store.UploadAsync(odd.Bytes);
        await using var session = hosts.Api.Services.GetRequiredService<IDocumentStore>().LightweightSession();
        var task = (await session.TasksOfBuildsAsync([build], Token))[0];
        var artifact = task.Artifacts.Single(a => a.Name == odd.Name) with { Href = href, Sha256 = odd.Sha256, SizeBytes = odd.Bytes.Length };
        session.Events.Append(task.Id, new NoarchPackagesTaken(new(task.Number), new(build), [artifact]));
        await session.SaveChangesAsync(Token);
        return (build, odd);
    }

    /// <summary>In the documented form, which asks for no signatures.</summary>
    private async Task<(int Status, string? Message)> ReleaseAsync(RpmPlatform platform, int build)
    {
        var request = new { builds = new[] { build }, platform_id = platform.Id, reference_platform_id = platform.Id };
        var release = (await hosts.Api.Http.Post("/api/v1/releases/new/", request).As(signing.Albs.Admin).Expect(200)).Json.GetProperty("id").GetInt32();
        var answer = (await hosts.Api.Http.Post($"/api/v1/releases/{release}/commit/").As(signing.Albs.Admin).Expect(200)).Json;
        return (answer.GetProperty("release").GetProperty("status").GetInt32(), answer.GetProperty("message").GetString());
    }

    private async Task<int> RepositoryAsync(RpmPlatform platform, string arch) => (await hosts.Api.Http.Get("/api/v1/repositories/").As(signing.Albs.Admin).Expect(200))
        .Json.EnumerateArray().Single(r => r.GetProperty("name").GetString() == platform.Repository && r.GetProperty("arch").GetString() == arch).GetProperty("id").GetInt32();

    /// <summary>How many packages clients see once all is published, and what failed.</summary>
    private async Task<(int Packages, string? Failure)> EndedAsync(int repository)
    {
        await WaitAsync(new(repository), r => r.Published == r.Revision);
        var shown = (await hosts.Api.Http.Get($"/api/repositories/{repository}").Expect(200)).Json;
        var versions = (await hosts.Api.Http.Get($"/api/repositories/{repository}/versions").Expect(200)).Json.GetProperty("items");
        return (versions[0].GetProperty("packages").GetInt32(), shown.GetProperty("failure").ValueKind is JsonValueKind.Null ? null : shown.GetProperty("failure").GetRawText());
    }

    private async Task InvokeAsync(object command)
    {
        await using var scope = hosts.Api.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(command, Token);
    }

    private async Task WaitAsync(RepositoryId repository, Func<Repository, bool> until)
    {
        await using var scope = hosts.Api.Services.CreateAsyncScope();
        Assert.NotNull(await scope.ServiceProvider.GetRequiredService<IMessageBus>().WaitForAsync(repository.StreamKey, until, TimeSpan.FromMinutes(2), Token));
    }
}
