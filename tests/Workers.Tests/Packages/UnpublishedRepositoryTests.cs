using System.Net.Http.Json;
using System.Text.Json;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Apt;
using EventSourced.Workers.Adapters.Dnf;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>Package managers that read a build's repository as build nodes do, before its first version, while that comes, and where bytes are elsewhere.</summary>
public sealed class UnpublishedRepositoryTests(RealHosts hosts) : IClassFixture<RealHosts>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("-x86_64-")]
    [InlineData("-src-")]
    public async Task Dnf_reads_a_repository_in_which_nothing_is_published_and_what_comes_then(string kind)
    {
        var (id, url) = await RepositoryAsync("x86_64", "rpm", kind);
        var root = await DnfAsync("dnf", url);

        await root.RunAsync(Cancellation, "makecache");
        Assert.Equal("", await root.RunAsync(Cancellation, "repoquery", "hello"));

        await PublishAsync(id, HelloRpm.BuildAsync);
        await root.RunAsync(Cancellation, "install", "hello");
        Assert.Equal("1", await root.VersionAsync("hello", Cancellation));
    }

    [Fact]
    public async Task Dnf_finds_what_it_read_of_though_the_first_version_comes_in_between()
    {
        var (id, url) = await RepositoryAsync("x86_64", "rpm", "-x86_64-");
        var isPublished = false;
        await using var server = await ForwardingServer.StartAsync(url, async path =>
        {
            if (!isPublished && path.EndsWith("-primary.xml.gz", StringComparison.Ordinal))
                isPublished = await PublishAsync(id, HelloRpm.BuildAsync);
        });
        var root = await DnfAsync("between", server.Address);

        await root.RunAsync(Cancellation, "makecache");
        Assert.True(isPublished);

        await root.RunAsync(Cancellation, "install", "hello");
        Assert.Equal("1", await root.VersionAsync("hello", Cancellation));
    }

    [Fact]
    public async Task Dnf_installs_what_lies_here_though_the_bytes_of_another_package_do_not()
    {
        var (id, url) = await RepositoryAsync("x86_64", "rpm", "-x86_64-");
        await hosts.InvokeAsync(new AddRepositoryPackages(id, [new(RepositoryPackage.PathOf("elsewhere-1-1.noarch.rpm"), "elsewhere-1-1.noarch.rpm", "/a/1/", new string('a', 64), null)]));
        await PublishAsync(id, HelloRpm.BuildAsync);

        var root = await DnfAsync("mixed", url);
        await root.RunAsync(Cancellation, "install", "hello");

        Assert.Equal("1", await root.VersionAsync("hello", Cancellation));
        Assert.Equal("", await root.RunAsync(Cancellation, "repoquery", "elsewhere"));
    }

    [Fact]
    public async Task What_has_left_is_not_offered_though_only_packages_stay_whose_bytes_are_elsewhere()
    {
        var (id, url) = await RepositoryAsync("x86_64", "rpm", "-x86_64-");
        var hello = await HelloRpm.BuildAsync(folder, hosts.Services.GetRequiredService<IArtifactStore>(), "1", "the first");
        await hosts.InvokeAsync(new AddRepositoryPackages(id, [hello]));
        await hosts.PublishedAsync(id);
        var root = await DnfAsync("left", url);
        Assert.Contains("hello", await root.RunAsync(Cancellation, "repoquery", "hello"), StringComparison.Ordinal);

        await hosts.InvokeAsync(new AddRepositoryPackages(id, [new(RepositoryPackage.PathOf("elsewhere-1-1.noarch.rpm"), "elsewhere-1-1.noarch.rpm", "/a/1/", new string('a', 64), null)]));
        await hosts.InvokeAsync(new RemoveRepositoryPackages(id, [hello.Path]));
        await hosts.PublishedAsync(id);

        Assert.Equal("", await root.RunAsync(Cancellation, "repoquery", "hello"));
    }

    [Fact]
    public async Task Apt_reads_a_repository_in_which_nothing_is_published_and_what_comes_then()
    {
        var (id, url) = await RepositoryAsync("amd64", "deb", "-amd64-");
        var root = await AptAsync("apt", url);

        await root.UpdateAsync(Cancellation);

        await PublishAsync(id, HelloPackage.BuildAsync);
        await root.UpdateAsync(Cancellation);
        await root.InstallAsync("hello", Cancellation);
        Assert.Equal("1", await root.VersionAsync("hello", Cancellation));
    }

    [Fact]
    public async Task Apt_gets_no_signature_of_a_version_that_it_did_not_read()
    {
        var (id, url) = await RepositoryAsync("amd64", "deb", "-amd64-");
        var isPublished = false;
        await using var server = await ForwardingServer.StartAsync(url, async path =>
        {
            if (!isPublished && path is "dists/stable/Release.gpg")
                isPublished = await PublishAsync(id, HelloPackage.BuildAsync);
        });
        var root = await AptAsync("between", server.Address);

        await root.UpdateAsync(Cancellation);
        Assert.True(isPublished);

        await root.UpdateAsync(Cancellation);
        await root.InstallAsync("hello", Cancellation);
        Assert.Equal("1", await root.VersionAsync("hello", Cancellation));
    }

    /// <summary>With a repository that has to be there, and of which no signature is asked.</summary>
    private async Task<DnfRoot> DnfAsync(string name, Uri url)
    {
        var root = await DnfRoot.CreateAsync(folder[name], url, packageKey: null, Cancellation);
        await File.WriteAllTextAsync(
            Path.Combine(folder[name], "repos.d/repository.repo"),
            $"[repository]\nname=repository\nbaseurl={url}\nenabled=1\ngpgcheck=0\nrepo_gpgcheck=0\nskip_if_unavailable=False\nproxy=_none_\n", Cancellation);
        return root;
    }

    private async Task<AptRoot> AptAsync(string name, Uri url)
    {
        var root = await AptRoot.CreateAsync(folder[name], url, key: null, "amd64", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(root.Folder, "etc/apt/sources.list"), $"deb [trusted=yes] {url.AbsoluteUri} stable main\n", Cancellation);
        return root;
    }

    private async Task<bool> PublishAsync(RepositoryId id, Func<TemporaryFolder, IArtifactStore, string, string, Task<RepositoryPackage>> build)
    {
        await hosts.InvokeAsync(new AddRepositoryPackages(id, [await build(folder, hosts.Services.GetRequiredService<IArtifactStore>(), "1", "the first")]));
        await hosts.PublishedAsync(id);
        return true;
    }

    private async Task<(RepositoryId Id, Uri Url)> RepositoryAsync(string arch, string type, string kind)
    {
        var (build, _) = await hosts.RequestAsync(arch, type);
        var repository = (await hosts.Admin.GetFromJsonAsync<JsonElement>($"/api/builds/{build}", Cancellation)).GetProperty("repositories").EnumerateArray()
            .Single(r => r.GetProperty("name").GetString()!.EndsWith($"{kind}{build}-br", StringComparison.Ordinal));
        return (new(repository.GetProperty("id").GetInt32()), new Uri(hosts.Address, repository.GetProperty("url").GetString()));
    }
}
