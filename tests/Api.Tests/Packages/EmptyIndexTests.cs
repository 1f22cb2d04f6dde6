using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using EventSourced.Api.Tests.Packages.Albs;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages;

/// <summary>What answers in a build's repository before anything is published in it, and just after.</summary>
public sealed partial class EmptyIndexTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string Repomd = "repodata/repomd.xml", Release = "dists/stable/Release";

    private static readonly XNamespace Repo = "http://linux.duke.edu/metadata/repo";

    private readonly AlbsClient albs = new(host);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("x86_64", "")]
    [InlineData("x86_64", "-debug")]
    [InlineData("src", "")]
    public async Task An_rpm_repository_has_metadata_of_nothing(string arch, string debug)
    {
        var root = (await RepositoryAsync("rpm", "x86_64", arch, debug)).Root;

        var repomd = await albs.Http.Get(root + Repomd).Expect(200);

        var lists = XDocument.Parse(repomd.Text).Root!.Elements(Repo + "data").ToList();
        Assert.Equal(["primary", "filelists", "other"], lists.Select(list => list.Attribute("type")!.Value));
        foreach (var list in lists)
        {
            var path = list.Element(Repo + "location")!.Attribute("href")!.Value;
            var bytes = await host.Http.GetByteArrayAsync(root + path, Token);
            var open = await UnpackAsync(bytes);
            Assert.Equal((Digest(bytes), Digest(open)), (Of(list, "checksum"), Of(list, "open-checksum")));
            Assert.Equal(($"{bytes.Length}", $"{open.Length}"), (Of(list, "size"), Of(list, "open-size")));
            Assert.Equal("0", XDocument.Parse(Encoding.UTF8.GetString(open)).Root!.Attribute("packages")!.Value);
            Assert.Contains("immutable", (await albs.Http.Get(root + path).Expect(200)).Header("Cache-Control"), StringComparison.Ordinal);
        }

        static string Of(XElement list, string name) => list.Element(Repo + name)!.Value;
    }

    [Theory]
    [InlineData("amd64", "main/binary-amd64/Packages")]
    [InlineData("src", "main/source/Sources")]
    public async Task A_deb_repository_has_lists_of_nothing(string arch, string list)
    {
        var root = (await RepositoryAsync("deb", "amd64", arch)).Root;

        var release = (await albs.Http.Get(root + Release).Expect(200)).Text;

        var named = ListedFile().Matches(release);
        Assert.Equal([list, $"{list}.gz", $"{list}.xz"], named.Select(file => file.Groups["path"].Value));
        foreach (Match file in named)
        {
            var (path, digest) = (file.Groups["path"].Value, file.Groups["digest"].Value);
            var bytes = await host.Http.GetByteArrayAsync($"{root}dists/stable/{path}", Token);
            Assert.Equal((digest, file.Groups["size"].Value), (Digest(bytes), $"{bytes.Length}"));
            Assert.Equal(bytes, await host.Http.GetByteArrayAsync($"{root}dists/stable/{path[..path.LastIndexOf('/')]}/by-hash/SHA256/{digest}", Token));
        }

        await albs.Http.Get($"{root}dists/stable/InRelease").Expect(404); // nobody signed it
        await albs.Http.Get($"{root}dists/stable/Release.gpg").Expect(404);
    }

    [Fact]
    public async Task It_answers_as_what_is_published_does()
    {
        var root = (await RepositoryAsync("rpm", "x86_64", "x86_64")).Root;

        var whole = await albs.Http.Get(root + Repomd).Expect(200);
        Assert.Equal(("no-cache", "nosniff"), (whole.Header("Cache-Control"), whole.Header("X-Content-Type-Options")));
        await albs.Http.Get(root + Repomd).With("If-None-Match", whole.Header("ETag")).Expect(304);
        Assert.Equal("<?xml", (await albs.Http.Get(root + Repomd).With("Range", "bytes=0-4").Expect(206)).Text);
        var head = await new HttpScenario(albs.Http, HttpMethod.Head, root + Repomd).Expect(200);
        Assert.Equal(("", (long?)whole.Text.Length), (head.Text, head.ContentHeaders.ContentLength));
        Assert.Contains("href=\"repodata/\"", (await albs.Http.Get(root).Expect(200)).Text, StringComparison.Ordinal);
        Assert.Contains("href=\"repomd.xml\"", (await albs.Http.Get($"{root}repodata/").Expect(200)).Text, StringComparison.Ordinal);
        await albs.Http.Get($"{root}repodata/other.xml").Expect(404);
        await albs.Http.Get($"{root}Packages/").Expect(404);
    }

    [Fact]
    public async Task Logs_production_repositories_and_those_that_do_not_exist_have_none()
    {
        var (platform, name) = (AlbsClient.NewName("p"), AlbsClient.NewName("r"));
        var repos = new[] { new { name, arch = "x86_64", type = "rpm", production = true, url = $"/pulp/content/prod/{name}-x86_64/" } };
        await albs.Http.Post("/api/v1/platforms/", new { name = platform, type = "rpm", distr_type = "demo", distr_version = "9", arch_list = new[] { "x86_64" }, repos })
            .As(albs.Admin).Expect(200);
        var build = ReleaseClient.Id(await albs.SubmitAsync(platform, ["x86_64"], "https://git.example.org/a.git"));

        await albs.Http.Get($"/pulp/content/prod/{name}-x86_64/{Repomd}").Expect(404);
        await albs.Http.Get($"/pulp/content/build_logs/build-{build}-build_log/{Repomd}").Expect(404);
        await albs.Http.Get($"/pulp/content/builds/build-{build}-build_log/{Repomd}").Expect(404);
        await albs.Http.Get($"/pulp/content/builds/{platform}-x86_64-{build + 1_000_000}-br/{Repomd}").Expect(404);
        await albs.Http.Get($"/pulp/content/builds/{platform}-x86_64-{build}-br/{Release}").Expect(404);
    }

    [Theory]
    [InlineData("rpm", "x86_64", Repomd, "repodata/")]
    [InlineData("deb", "amd64", Release, "dists/stable/main/binary-amd64/by-hash/SHA256/")]
    public async Task After_the_first_version_only_what_carries_its_digest_still_answers(string type, string arch, string index, string folder)
    {
        var (id, root) = await RepositoryAsync(type, arch, arch);
        var named = Link().Matches((await albs.Http.Get(root + folder).Expect(200)).Text).Select(link => link.Groups[1].Value).Where(name => name.Length >= 64).ToList();
        Assert.Equal(3, named.Count);
        var before = (await albs.Http.Get(root + index).With("User-Agent", "early").Expect(200)).Text;

        await PublishAsync(id, (index, "first"), (SignatureOf(index), "signature of the first"));

        foreach (var name in named)
            await albs.Http.Get(root + folder + name).Expect(200);

        await albs.Http.Get($"{root}{SignatureOf(index)}").With("User-Agent", "early").Expect(404); // it read what nobody signed
        Assert.Equal("signature of the first", (await albs.Http.Get($"{root}{SignatureOf(index)}").With("User-Agent", "late").Expect(200)).Text);
        Assert.Equal(("first", false), ((await albs.Http.Get(root + index).Expect(200)).Text, before is "first"));
        Assert.DoesNotContain(named[0], (await albs.Http.Get(root + folder).Expect(200, 404)).Text, StringComparison.Ordinal);
        await albs.Http.Get($"{root}dists/stable/main/binary-amd64/Packages").Expect(404);
    }

    [Fact]
    public async Task What_is_published_without_an_index_is_listed_with_the_index_of_nothing()
    {
        var (id, root) = await RepositoryAsync("rpm", "x86_64", "x86_64");

        await PublishAsync(id, signedBy: null);

        await albs.Http.Get(root + Repomd).Expect(200);
        Assert.Contains("href=\"repodata/\"", (await albs.Http.Get(root).Expect(200)).Text, StringComparison.Ordinal);
        Assert.Contains("href=\"repomd.xml\"", (await albs.Http.Get($"{root}repodata/").Expect(200)).Text, StringComparison.Ordinal);
    }

    private static string SignatureOf(string index) => index is Repomd ? $"{Repomd}.asc" : $"{Release}.gpg";

    /// <summary>A repository of a new build.</summary>
    private async Task<(RepositoryId Id, string Root)> RepositoryAsync(string type, string buildArch, string arch, string debug = "")
    {
        var platform = AlbsClient.NewName("p");
        await albs.Http.Post("/api/v1/platforms/", new { name = platform, type, distr_type = "demo", distr_version = "9", arch_list = new[] { buildArch } }).As(albs.Admin).Expect(200);
        var build = ReleaseClient.Id(await albs.SubmitAsync(platform, [buildArch], "https://git.example.org/a.git"));
        await using var session = host.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var repository = Assert.Single(await session.RepositoriesNamedAsync($"{platform}-{arch}-{build}{debug}-br", Token));
        return (new(repository.Number), repository.Settings.Url!);
    }

    private Task PublishAsync(RepositoryId id, params (string Path, string Content)[] index) => PublishAsync(id, signedBy: "AB12", index);

    private async Task PublishAsync(RepositoryId id, string? signedBy, params (string Path, string Content)[] index)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var (store, bus) = (scope.ServiceProvider.GetRequiredService<IArtifactStore>(), scope.ServiceProvider.GetRequiredService<IMessageBus>());
        var files = new List<RepositoryFile>();
        foreach (var (path, content) in index)
        {
            var stored = await store.PutAsync(new MemoryStream(Encoding.UTF8.GetBytes(content)), Token);
            files.Add(new(path, stored.Sha256, stored.SizeBytes));
        }

        await bus.InvokeAsync(new AddRepositoryPackages(id, [new("Packages/x", "x", "/a/1/", null, null)]), Token);
        await bus.InvokeAsync(new RecordRepositoryVersion(id, 1, files, signedBy), Token);
    }

    private static async Task<byte[]> UnpackAsync(byte[] bytes)
    {
        await using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var open = new MemoryStream();
        await gzip.CopyToAsync(open, Token);
        return open.ToArray();
    }

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    [GeneratedRegex(@"^ (?<digest>[0-9a-f]{64}) (?<size>\d+) (?<path>\S+)$", RegexOptions.Multiline)]
    private static partial Regex ListedFile();

    [GeneratedRegex("href=\"([^\"]+)\"")]
    private static partial Regex Link();
}
