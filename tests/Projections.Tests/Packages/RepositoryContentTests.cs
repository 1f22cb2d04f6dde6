using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Projections.Tests.Packages;

public sealed class RepositoryContentTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_answers_before_the_first_version()
    {
        await AddAsync(1, 1, ("tree.deb", "aa"));

        Assert.Null(await FindAsync(1, "Packages/t/tree.deb"));
        Assert.Empty(await packages.ReadAsync(s => s.ContentsAsync(1, Token)));
    }

    [Fact]
    public async Task A_published_version_answers_with_packages_and_index()
    {
        await AddAsync(2, 1, ("tree.deb", "aa"));
        await PublishAsync(2, 1, ("InRelease", "r1"));

        Assert.Equal(new RepositoryFile("Packages/t/tree.deb", "aa", 2), await FindAsync(2, "Packages/t/tree.deb"));
        Assert.Equal(new RepositoryFile("InRelease", "r1", 2), await FindAsync(2, "InRelease"));
        Assert.Null(await FindAsync(2, "Release"));
        Assert.Equal(["InRelease", "Packages/t/tree.deb"], (await packages.ReadAsync(s => s.ContentsAsync(2, Token))).Select(f => f.Path));
    }

    [Fact]
    public async Task A_package_of_a_later_revision_waits_for_its_publication()
    {
        await AddAsync(3, 1, ("tree.deb", "aa"));
        await PublishAsync(3, 1);
        await AddAsync(3, 2, ("bash.deb", "bb"), ("tree.deb", "cc"));

        Assert.Null(await FindAsync(3, "Packages/b/bash.deb"));
        Assert.Equal("aa", (await FindAsync(3, "Packages/t/tree.deb"))!.Sha256);

        await PublishAsync(3, 2);

        Assert.Equal("bb", (await FindAsync(3, "Packages/b/bash.deb"))!.Sha256);
        Assert.Equal("cc", (await FindAsync(3, "Packages/t/tree.deb"))!.Sha256);
    }

    [Fact]
    public async Task Files_of_the_last_three_versions_answer()
    {
        for (var version = 1; version <= 4; version++)
        {
            await AddAsync(4, version, ($"p{version}.deb", $"d{version}"));
            await PublishAsync(4, version, ($"by-hash/{version}", $"h{version}"), ("InRelease", $"r{version}"));
        }

        Assert.Equal("r4", (await FindAsync(4, "InRelease"))!.Sha256);
        Assert.Null(await FindAsync(4, "by-hash/1"));
        for (var version = 2; version <= 4; version++)
            Assert.Equal($"h{version}", (await FindAsync(4, $"by-hash/{version}"))!.Sha256);

        Assert.Equal("d1", (await FindAsync(4, "Packages/p/p1.deb"))!.Sha256);
        Assert.Equal(6, (await packages.ReadAsync(s => s.ContentsAsync(4, Token))).Count);
    }

    [Fact]
    public async Task What_was_published_just_before_still_answers_though_revisions_were_left_out()
    {
        await AddAsync(5, 1, ("tree.deb", "aa"));
        await PublishAsync(5, 1, ("by-hash/1", "h1"));
        await AddAsync(5, 2, ("b.deb", "b"));
        await AddAsync(5, 3, ("c.deb", "c"));
        await AddAsync(5, 9, ("d.deb", "d"));
        await PublishAsync(5, 9, ("by-hash/9", "h9"));

        Assert.Equal("h1", (await FindAsync(5, "by-hash/1"))!.Sha256);
        Assert.Equal("b", (await FindAsync(5, "Packages/b/b.deb"))!.Sha256);
    }

    [Fact]
    public async Task A_package_without_a_digest_is_not_ours_to_serve()
    {
        var id = new RepositoryId(6);
        await packages.AppendAsync(id.StreamKey, new RepositoryPackagesAdded(id, 1, [new("Packages/t/tree.deb", "tree.deb", "/a/1/", null, null)]));
        await PublishAsync(6, 1);

        Assert.Null(await FindAsync(6, "Packages/t/tree.deb"));
    }

    private Task AddAsync(int repository, int revision, params (string File, string Sha256)[] files) => packages.AppendAsync(
        new RepositoryId(repository).StreamKey,
        new RepositoryPackagesAdded(
            new(repository), revision, [.. files.Select(f => new RepositoryPackage(RepositoryPackage.PathOf(f.File), f.File, $"/a/{f.Sha256}/", f.Sha256, f.Sha256.Length))]));

    private Task PublishAsync(int repository, int version, params (string Path, string Sha256)[] files) => packages.AppendAsync(
        new RepositoryId(repository).StreamKey,
        new RepositoryVersionPublished(new(repository), version, [.. files.Select(f => new RepositoryFile(f.Path, f.Sha256, f.Sha256.Length))], "AB12"));

    private Task<RepositoryFile?> FindAsync(int repository, string path) => packages.ReadAsync(s => s.ContentAsync(repository, path, Token));
}
