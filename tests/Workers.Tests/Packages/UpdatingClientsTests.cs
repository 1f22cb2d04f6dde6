using System.Net.Http.Json;
using System.Text.Json;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Apt;
using EventSourced.Workers.Adapters.Dnf;
using EventSourced.Workers.Packages.Repositories;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>Package managers that update and install in loops while version after version is published.</summary>
public sealed class UpdatingClientsTests(RealHosts hosts) : IClassFixture<RealHosts>, IDisposable
{
    private const int Versions = 50, Clients = 2;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Apt_never_misses_a_file_nor_gets_another_while_versions_are_published_and_follows_a_way_back()
    {
        var (id, url) = await RepositoryAsync("amd64", "deb");
        var last = await PublishAsync(id, HelloPackage.BuildAsync, 1, last: null);
        var first = (await hosts.PublishedAsync(id)).Published;
        var key = await hosts.Admin.GetByteArrayAsync(new Uri(url, AptIndex.KeyPath), Cancellation);
        var roots = await Task.WhenAll(Enumerable.Range(0, Clients).Select(n => AptRoot.CreateAsync(folder[$"root-{n}"], url, key, "amd64", Cancellation)));

        using var enough = new CancellationTokenSource();
        var clients = roots.Select(root => RepeatAsync(() => InstallAsync(root, "hello"), enough.Token)).ToList();
        for (var version = 2; version <= Versions; version++)
        {
            last = await PublishAsync(id, HelloPackage.BuildAsync, version, last);
            last = await ReplaceAsync(id, HelloPackage.BuildAsync, version, last);
            Assert.DoesNotContain(clients, client => client.IsFaulted);
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(clients), updates => Assert.True(updates > 2, $"{updates} updates"));

        await InstallAsync(roots[0], "hello");
        Assert.Equal($"{Versions}", await roots[0].VersionAsync("hello", Cancellation));

        var newest = (await hosts.PublishedAsync(id)).Published;
        await RealHosts.PostAsync(hosts.Admin, $"/api/repositories/{id.Value}/rollback", new { version = first });
        await hosts.PublishedAsync(id);
        await InstallAsync(roots[0], "hello=1");
        Assert.Equal("1", await roots[0].VersionAsync("hello", Cancellation));

        var (exitCode, output) = await hosts.RunAsync("rollback", $"{id.Value}", $"{newest}");
        Assert.True(exitCode is 0, output);
        await hosts.PublishedAsync(id);
        await InstallAsync(roots[0], "hello");
        Assert.Equal($"{Versions}", await roots[0].VersionAsync("hello", Cancellation));
    }

    [Fact]
    public async Task Dnf_never_misses_a_file_nor_gets_another_while_versions_are_published_and_follows_a_way_back()
    {
        var (id, url) = await RepositoryAsync("x86_64", "rpm");
        var last = await PublishAsync(id, HelloRpm.BuildAsync, 1, last: null);
        var first = (await hosts.PublishedAsync(id)).Published;
        var root = await DnfRoot.CreateAsync(folder["dnf"], url, packageKey: null, Cancellation);

        using var enough = new CancellationTokenSource();
        var client = RepeatAsync(() => InstallAsync(root), enough.Token);
        for (var version = 2; version <= Versions; version++)
        {
            last = await PublishAsync(id, HelloRpm.BuildAsync, version, last);
            last = await ReplaceAsync(id, HelloRpm.BuildAsync, version, last);
            Assert.False(client.IsFaulted, client.Exception?.Message);
        }

        await enough.CancelAsync();
        Assert.True(await client > 2);

        await InstallAsync(root);
        Assert.Equal($"{Versions}", await root.VersionAsync("hello", Cancellation));

        await RealHosts.PostAsync(hosts.Admin, $"/api/repositories/{id.Value}/rollback", new { version = first });
        await hosts.PublishedAsync(id);
        await root.RunAsync(Cancellation, "distro-sync");
        Assert.Equal("1", await root.VersionAsync("hello", Cancellation));
    }

    [Fact]
    public async Task Dnf_gets_the_signature_of_what_it_read_though_a_version_is_published_between_its_two_requests()
    {
        var (id, url) = await RepositoryAsync("x86_64", "rpm");
        var (version, last) = (1, await PublishAsync(id, HelloRpm.BuildAsync, 1, last: null));
        await using var server = await ForwardingServer.StartAsync(url, async path =>
        {
            if (path is "repodata/repomd.xml.asc")
                last = await PublishAsync(id, HelloRpm.BuildAsync, ++version, last);
        });
        var root = await DnfRoot.CreateAsync(folder["between"], server.Address, packageKey: null, Cancellation);

        await InstallAsync(root);

        Assert.InRange(version, 4, int.MaxValue);
        Assert.Equal($"{version - 1}", await root.VersionAsync("hello", Cancellation));
    }

    /// <summary>Any failure to fetch, and any digest that is not the announced one, ends it with an error.</summary>
    private static async Task<int> RepeatAsync(Func<Task> install, CancellationToken enough)
    {
        for (var updates = 0; ; updates++)
        {
            if (enough.IsCancellationRequested)
                return updates;

            await install();
        }
    }

    private static async Task InstallAsync(DnfRoot root)
    {
        await root.RunAsync(Cancellation, "makecache");
        await root.RunAsync(Cancellation, "install", "hello");
        await root.RunAsync(Cancellation, "upgrade");
    }

    private static async Task InstallAsync(AptRoot root, string package)
    {
        await root.UpdateAsync(Cancellation);
        await root.InstallAsync(package, Cancellation);
    }

    /// <summary>A version with this package in place of the last.</summary>
    private async Task<RepositoryPackage> PublishAsync(
        RepositoryId id, Func<TemporaryFolder, IArtifactStore, string, string, Task<RepositoryPackage>> build, int version, RepositoryPackage? last)
    {
        var package = await build(folder, hosts.Services.GetRequiredService<IArtifactStore>(), $"{version}", last?.Sha256 ?? "the first");
        await hosts.InvokeAsync(new AddRepositoryPackages(id, [package]));
        if (last is not null && last.Path != package.Path)
            await hosts.InvokeAsync(new RemoveRepositoryPackages(id, [last.Path]));

        await hosts.PublishedAsync(id);
        return package;
    }

    /// <summary>Now and then other bytes come under the same name, as when a package is signed.</summary>
    private async Task<RepositoryPackage> ReplaceAsync(
        RepositoryId id, Func<TemporaryFolder, IArtifactStore, string, string, Task<RepositoryPackage>> build, int version, RepositoryPackage last)
    {
        if (version % 5 > 0)
            return last;

        var other = await PublishAsync(id, build, version, last);
        Assert.Equal((last.Path, false), (other.Path, other.Sha256 == last.Sha256));
        return other;
    }

    private async Task<(RepositoryId Id, Uri Url)> RepositoryAsync(string arch, string type)
    {
        var (build, _) = await hosts.RequestAsync(arch, type);
        var repository = (await hosts.Admin.GetFromJsonAsync<JsonElement>($"/api/builds/{build}", Cancellation)).GetProperty("repositories").EnumerateArray()
            .Single(r => r.GetProperty("name").GetString()!.EndsWith($"-{arch}-{build}-br", StringComparison.Ordinal));
        return (new(repository.GetProperty("id").GetInt32()), new Uri(hosts.Address, repository.GetProperty("url").GetString()));
    }
}
