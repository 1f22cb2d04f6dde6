using System.Security.Cryptography;
using System.Text;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Api.Tests.Packages.Albs;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages;

public sealed class ContentTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);
    private readonly Dictionary<string, RepositoryId> repositories = [];

    [Fact]
    public async Task A_file_answers_ranges_etags_and_head()
    {
        var url = $"{await PublishedAsync(("Packages/t/tally.deb", "0123456789"))}Packages/t/tally.deb";

        var whole = await albs.Http.Get(url).Expect(200);
        Assert.Equal(("0123456789", "no-cache", "nosniff"), (whole.Text, whole.Header("Cache-Control"), whole.Header("X-Content-Type-Options")));
        var part = await albs.Http.Get(url).With("Range", "bytes=2-4").Expect(206);
        Assert.Equal(("234", "bytes 2-4/10"), (part.Text, part.Header("Content-Range")));
        await albs.Http.Get(url).With("Range", "bytes=20-").Expect(416);
        Assert.Equal("9", (await albs.Http.Get(url).With("Range", "bytes=-1").Expect(206)).Text);
        Assert.Equal("0123456789", (await albs.Http.Get(url).With("Range", "bytes=0-1,4-5").Expect(200)).Text); // several ranges: all of it, as RFC 9110 14.2 allows
        Assert.Equal("234", (await albs.Http.Get(url).With("Range", "bytes=2-4").With("If-Range", whole.Header("ETag")).Expect(206)).Text);
        await albs.Http.Get(url).With("If-None-Match", whole.Header("ETag")).Expect(304);
        Assert.Equal("0123456789", (await albs.Http.Get(url).With("Range", "bytes=2-4").With("If-Range", "\"other\"").Expect(200)).Text);
        var head = await new HttpScenario(albs.Http, HttpMethod.Head, url).Expect(200);
        Assert.Equal(("", 10L), (head.Text, head.ContentHeaders.ContentLength));
    }

    [Fact]
    public async Task What_carries_its_digest_may_be_kept_for_ever()
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData("index"u8));
        string[] named = [$"dists/stable/main/binary-x/by-hash/SHA256/{digest}", $"repodata/{digest}-primary.xml.gz"], others = ["dists/stable/InRelease", "repodata/repomd.xml", $"repodata/{digest[..63]}0-other.xml"];
        var root = await PublishedAsync([.. named.Concat(others).Select(path => (path, "index"))]);

        foreach (var path in named)
            Assert.Contains("immutable", (await albs.Http.Get(root + path).Expect(200)).Header("Cache-Control"), StringComparison.Ordinal);

        foreach (var path in others)
            Assert.Equal("no-cache", (await albs.Http.Get(root + path).Expect(200)).Header("Cache-Control"));
    }

    [Theory]
    [InlineData("repodata/repomd.xml", "repodata/repomd.xml.asc")]
    [InlineData("dists/stable/Release", "dists/stable/Release.gpg")]
    public async Task Whoever_read_an_index_gets_its_signature_though_another_version_was_published_meanwhile(string index, string signature)
    {
        var root = await PublishedAsync((index, "first"), (signature, "signature of the first"));
        Assert.Equal("first", await ReadAsync("early", index));
        Assert.Equal("", (await new HttpScenario(albs.Http, HttpMethod.Head, root + index).With("User-Agent", "watch").Expect(200)).Text);

        await PublishAsync(root, 2, (index, "second"), (signature, "signature of the second"));

        Assert.Equal("second", await ReadAsync("late", index));
        Assert.Equal("signature of the first", await ReadAsync("early", signature));
        Assert.Equal("signature of the second", await ReadAsync("late", signature));
        Assert.Equal("signature of the second", await ReadAsync("watch", signature));
        Assert.Equal(("second", "signature of the second"), (await ReadAsync("early", index), await ReadAsync("early", signature)));

        async Task<string> ReadAsync(string agent, string path) => (await albs.Http.Get(root + path).With("User-Agent", agent).Expect(200)).Text;
    }

    [Theory]
    [InlineData("", "dists/", "Packages/")]
    [InlineData("Packages/t/", "tally.deb")]
    [InlineData("Packages/t", "tally.deb")]
    public async Task A_folder_is_listed(string path, params string[] links)
    {
        var root = await PublishedAsync(("Packages/t/tally.deb", "package"), ("dists/stable/Release", "release"));

        var html = (await albs.Http.Get(root + path).Expect(200)).Text;

        Assert.All(links, link => Assert.Contains($"href=\"{link}\"", html, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("Packages/x/")]
    [InlineData("..%2F..%2Fetc%2Fpasswd")]
    [InlineData("Packages/../../../etc/passwd")]
    public async Task What_is_not_published_is_not_found(string path) =>
        await albs.Http.Get(await PublishedAsync(("Packages/t/tally.deb", "package")) + path).Expect(404);

    [Fact]
    public async Task Unknown_repositories_and_logs_are_not_found()
    {
        await albs.Http.Get("/pulp/content/builds/unknown/").Expect(404);
        await albs.Http.Get("/pulp/content/build_logs/build-2000000000-build_log/").Expect(404);
        await albs.Http.Get("/pulp/content/build_logs/build-1-build_log/unknown.log").Expect(404);
    }

    [Fact]
    public async Task A_log_that_is_html_is_shown_as_text()
    {
        var arch = AlbsClient.NewName("a");
        var build = (await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git")).GetProperty("id").GetInt32();
        var task = (await albs.ClaimAsync(host.NodeToken, [arch]))!.Value.GetProperty("id").GetInt32();
        var href = await new PulpClient(albs.Http, host.NodeToken).UploadAsync("<script>"u8.ToArray());
        await albs.Report(host.NodeToken, task, "failed", [new { name = "evil&.html", type = "build_log", href }]).Expect(200);

        var log = await albs.Http.Get($"/pulp/content/build_logs/build-{build}-build_log/evil&.html").Expect(200);

        Assert.Equal(("<script>", "text/plain", "nosniff"), (log.Text, log.ContentHeaders.ContentType?.MediaType, log.Header("X-Content-Type-Options")));
        Assert.Contains("href=\"evil%26.html\">evil&amp;.html<", (await albs.Http.Get($"/pulp/content/build_logs/build-{build}-build_log/").Expect(200)).Text, StringComparison.Ordinal);
    }

    /// <summary>A build's repository with these files, published as the workers do it.</summary>
    private async Task<string> PublishedAsync(params (string Path, string Content)[] files)
    {
        var arch = AlbsClient.NewName("a");
        var build = await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git");
        var repository = (await albs.Http.Get($"/api/builds/{build.GetProperty("id").GetInt32()}").Expect(200)).Json.GetProperty("repositories")[0];
        var root = repository.GetProperty("url").GetString()!;
        repositories[root] = new(repository.GetProperty("id").GetInt32());
        await PublishAsync(root, 1, files);
        return root;
    }

    private async Task PublishAsync(string root, int version, params (string Path, string Content)[] files)
    {
        var (id, token) = (repositories[root], TestContext.Current.CancellationToken);
        await using var scope = host.Services.CreateAsyncScope();
        var (store, bus) = (scope.ServiceProvider.GetRequiredService<IArtifactStore>(), scope.ServiceProvider.GetRequiredService<IMessageBus>());
        var stored = new List<RepositoryFile>();
        foreach (var (path, content) in files)
        {
            var artifact = await store.PutAsync(new MemoryStream(Encoding.UTF8.GetBytes(content)), token);
            stored.Add(new(path, artifact.Sha256, artifact.SizeBytes));
        }

        var packages = stored.Where(f => f.Path.StartsWith("Packages/", StringComparison.Ordinal))
            .Select(f => new RepositoryPackage(f.Path, Path.GetFileName(f.Path), ArtifactHrefs.Of(f.Sha256), f.Sha256, f.SizeBytes)).ToList();
        await bus.InvokeAsync(new AddRepositoryPackages(id, packages is [] ? [new($"Packages/{version}", "x", "/a/1/", null, null)] : packages), token);
        await bus.InvokeAsync(new RecordRepositoryVersion(id, version, [.. stored.Where(f => !f.Path.StartsWith("Packages/", StringComparison.Ordinal))], SignedBy: null), token);
    }
}
