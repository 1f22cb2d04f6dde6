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
        Assert.Equal([new RepositoryFile("InRelease", "r1", 2)], await packages.ReadAsync(s => s.IndexAsync(2, Token)));
    }

    [Fact]
    public async Task The_index_is_that_of_the_published_version_alone()
    {
        Assert.Empty(await packages.ReadAsync(s => s.IndexAsync(20, Token)));

        await AddAsync(20, 1, ("tree.deb", "aa"));
        await PublishAsync(20, 1, ("InRelease", "r1"), ("Release.gpg", "g1"));
        await PublishAsync(20, 2, ("InRelease", "r2"));

        Assert.Equal([new RepositoryFile("InRelease", "r2", 2)], await packages.ReadAsync(s => s.IndexAsync(20, Token)));
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
    public async Task Below_its_digest_a_package_stays_the_same_when_another_one_comes_under_its_path()
    {
        var (before, after, tarball) = (new string('a', 64), new string('b', 64), new string('c', 64));
        await AddAsync(30, 1, ("tree.dsc", before), ("tree.tar.xz", tarball));
        await PublishAsync(30, 1);
        await AddAsync(30, 2, ("tree.dsc", after));
        await PublishAsync(30, 2);

        Assert.Equal(before, (await FindAsync(30, $"Packages/t/{before}/tree.dsc"))?.Sha256);
        Assert.Equal(after, (await FindAsync(30, $"Packages/t/{after}/tree.dsc"))?.Sha256);
        Assert.Equal(after, (await FindAsync(30, "Packages/t/tree.dsc"))?.Sha256);
        foreach (var digest in (string[])[before, after])
            Assert.Equal(tarball, (await FindAsync(30, $"Packages/t/{digest}/tree.tar.xz"))?.Sha256);

        Assert.Null(await FindAsync(30, $"Packages/t/{new string('d', 64)}/tree.dsc"));
        Assert.Null(await FindAsync(30, $"Packages/x/{before}/tree.dsc"));
    }

    [Fact]
    public async Task Files_of_the_last_three_versions_answer()
    {
        for (var version = 1; version <= 4; version++)
        {
            packages.Clock.Advance(TimeSpan.FromMinutes(11));
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
    public async Task However_fast_versions_follow_each_other_one_answers_for_some_minutes_after_the_next()
    {
        for (var version = 1; version <= 20; version++)
            await PublishAsync(7, version, ($"by-hash/{version}", $"h{version}"));

        Assert.Equal("h1", (await FindAsync(7, "by-hash/1"))!.Sha256);

        packages.Clock.Advance(TimeSpan.FromMinutes(11));
        await PublishAsync(7, 21, ("by-hash/21", "h21"));

        Assert.Null(await FindAsync(7, "by-hash/18"));
        Assert.Equal("h19", (await FindAsync(7, "by-hash/19"))!.Sha256);
    }

    [Fact]
    public async Task A_removed_package_answers_as_long_as_a_version_that_has_it()
    {
        await AddAsync(8, 1, ("tree.deb", "aa"), ("bash.deb", "bb"));
        await PublishAsync(8, 1);
        await RemoveAsync(8, 2, "bash.deb");
        for (var version = 2; version <= 4; version++)
        {
            Assert.Equal("bb", (await FindAsync(8, "Packages/b/bash.deb"))?.Sha256);
            packages.Clock.Advance(TimeSpan.FromMinutes(11));
            await PublishAsync(8, version);
        }

        Assert.Null(await FindAsync(8, "Packages/b/bash.deb"));
        Assert.Equal(["Packages/t/tree.deb"], (await packages.ReadAsync(s => s.ContentsAsync(8, Token))).Select(f => f.Path));
    }

    [Fact]
    public async Task A_rolled_back_repository_answers_with_the_earlier_packages_again()
    {
        var id = new RepositoryId(9);
        await AddAsync(9, 1, ("tree.deb", "aa"), ("bash.deb", "bb"));
        await PublishAsync(9, 1);
        await AddAsync(9, 2, ("tree.deb", "cc"), ("vim.deb", "vv"));
        await RemoveAsync(9, 3, "bash.deb");
        await PublishAsync(9, 3);
        await packages.AppendAsync(
            id.StreamKey, new RepositoryRolledBack(id, 4, 1, [Package("tree.deb", "aa"), Package("bash.deb", "bb")], [RepositoryPackage.PathOf("vim.deb")]));
        Assert.Equal("cc", (await FindAsync(9, "Packages/t/tree.deb"))!.Sha256);

        await PublishAsync(9, 4);

        Assert.Equal([("Packages/b/bash.deb", "bb"), ("Packages/t/tree.deb", "aa")], (await packages.ReadAsync(s => s.ContentsAsync(9, Token))).Select(f => (f.Path, f.Sha256)));
        Assert.Equal(
            [(4, 2, 2, 2), (3, 2, 2, 2), (1, 2, 2, 0)],
            (await packages.ReadAsync(s => s.VersionsAsync(9, int.MaxValue, 10, Token))).Select(v => (v.Version, v.Packages, v.Added, v.Removed)));
        Assert.Equal([3], (await packages.ReadAsync(s => s.VersionsAsync(9, 4, 1, Token))).Select(v => v.Version));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("aa")]
    public async Task A_package_whose_bytes_are_elsewhere_counts_and_is_not_ours_to_serve(string? sha256)
    {
        var (number, digest) = (sha256 is null ? 6 : 60, new string('b', 64));
        var id = new RepositoryId(number);
        await packages.AppendAsync(id.StreamKey, new RepositoryPackagesAdded(id, 1, [new("Packages/t/tree.dsc", "tree.dsc", "/a/1/", sha256, null)]));
        await AddAsync(number, 2, ("bush.dsc", digest));
        await packages.AppendAsync(id.StreamKey, new RepositoryPackagesAdded(id, 3, [new("Packages/b/bush.tar.xz", "bush.tar.xz", "/a/2/", sha256, null)]));
        await PublishAsync(number, 3);

        Assert.Null(await FindAsync(number, "Packages/t/tree.dsc"));
        Assert.Null(await FindAsync(number, $"Packages/b/{digest}/bush.tar.xz"));
        Assert.Equal(["Packages/b/bush.dsc"], (await packages.ReadAsync(s => s.ContentsAsync(number, Token))).Select(f => f.Path));
        Assert.Equal(3, Assert.Single(await packages.ReadAsync(s => s.VersionsAsync(number, int.MaxValue, 10, Token))).Packages);
    }

    private Task AddAsync(int repository, int revision, params (string File, string Sha256)[] files) => packages.AppendAsync(
        new RepositoryId(repository).StreamKey,
        new RepositoryPackagesAdded(new(repository), revision, [.. files.Select(f => Package(f.File, f.Sha256))]));

    private static RepositoryPackage Package(string file, string sha256) => new(RepositoryPackage.PathOf(file), file, $"/a/{sha256}/", sha256, sha256.Length);

    private Task RemoveAsync(int repository, int revision, string file) => packages.AppendAsync(
        new RepositoryId(repository).StreamKey, new RepositoryPackagesRemoved(new(repository), revision, [RepositoryPackage.PathOf(file)]));

    private Task PublishAsync(int repository, int version, params (string Path, string Sha256)[] files) => packages.AppendAsync(
        new RepositoryId(repository).StreamKey,
        new RepositoryVersionPublished(new(repository), version, [.. files.Select(f => new RepositoryFile(f.Path, f.Sha256, f.Sha256.Length))], "AB12"));

    private Task<RepositoryFile?> FindAsync(int repository, string path) => packages.ReadAsync(s => s.ContentAsync(repository, path, Token));
}
