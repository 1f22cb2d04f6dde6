using EventSourced.Workers.Adapters.Git;

namespace EventSourced.Workers.Tests.Adapters;

public sealed class GitSourceTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    [Theory]
    [InlineData("ext::sh -c touch% /tmp/owned")]
    [InlineData("ext::sh")]
    [InlineData("--upload-pack=touch /tmp/owned")]
    [InlineData("-oProxyCommand=touch")]
    [InlineData("file:///etc")]
    [InlineData("/etc")]
    [InlineData("../repository")]
    [InlineData("git://example.org/x.git")]
    [InlineData("ssh://git@example.org/x.git")]
    [InlineData("git@example.org:x.git")]
    [InlineData("https://user:token@example.org/x.git")]
    [InlineData("https://example.org/x.git\nurl = ext::sh")]
    [InlineData("https://exa mple.org/x.git")]
    [InlineData("https:///x.git")]
    [InlineData("")]
    public void An_address_that_is_not_plain_http_is_refused(string url) =>
        Assert.Throws<GitFetchException>(() => GitSource.Parse(url, "main", refType: 1));

    [Theory]
    [InlineData("-main")]
    [InlineData("--upload-pack=x")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("a^{commit}")]
    [InlineData("HEAD~1")]
    [InlineData("@{-1}")]
    [InlineData("a\nb")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/.b")]
    [InlineData("a.lock")]
    [InlineData("*")]
    [InlineData("+main")]
    public void A_ref_that_is_no_name_is_refused(string reference) =>
        Assert.Throws<GitFetchException>(() => GitSource.Parse("https://example.org/x.git", reference, refType: 1));

    [Theory]
    [InlineData("main", 1, new[] { "refs/heads/main", "main" })]
    [InlineData("debian/1.2-1", 2, new[] { "refs/tags/debian/1.2-1" })]
    [InlineData("refs/pull/7/head", 4, new[] { "refs/pull/7/head" })]
    [InlineData(Commit, 1, new[] { Commit })]
    [InlineData(null, null, new[] { "HEAD" })]
    public void A_ref_is_looked_up_by_its_type(string? reference, int? type, string[] expected) =>
        Assert.Equal(expected, GitSource.Parse("https://example.org/x.git", reference, type).RefSpecs);

    [Fact]
    public void A_full_id_must_come_out_as_asked() =>
        Assert.Equal(Commit, GitSource.Parse("https://example.org/x.git", Commit.ToUpperInvariant(), refType: 4).Commit);
}
