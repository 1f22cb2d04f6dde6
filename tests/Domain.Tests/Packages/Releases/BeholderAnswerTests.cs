using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Domain.Tests.Packages.Releases;

public sealed class BeholderAnswerTests
{
    private const string Tree = """{"name": "tree", "version": "2.1", "arch": "x86_64", "repositories": [{"name": "x-8-baseos", "arch": "x86_64"}]}""";

    [Theory]
    [InlineData("""[TREE]""", null)]
    [InlineData("""{"packages": [TREE]}""", null)]
    [InlineData("""{"packages": {"tree": [TREE]}}""", null)]
    [InlineData("""{"packages": {"exact": [TREE]}}""", BeholderMatch.Exact)]
    [InlineData("""{"distribution": {"name": "x", "version": "8"}, "packages": [{"packages": {"closest": [TREE]}}]}""", BeholderMatch.Closest)]
    [InlineData("""[{"name": "tree", "packages": {"name_version": [TREE]}}]""", BeholderMatch.NameVersion)]
    [InlineData("""{"name_only": {"more": [[TREE]]}}""", BeholderMatch.NameOnly)]
    public void A_package_is_found_wherever_it_stands(string answer, BeholderMatch? listed)
    {
        var found = Assert.Single(Read(answer.Replace("TREE", Tree, StringComparison.Ordinal)));

        Assert.Equal(("tree", "2.1", "x86_64", listed), (found.Name, found.Version, found.Arch, found.Listed));
        Assert.Equal([new ReferenceRepository("x-8-baseos", "x86_64")], found.Repositories);
    }

    [Fact]
    public void It_is_read_as_far_as_it_is_text() =>
        Assert.Equal(["tree"], Read($$"""[{{Tree}}, {"name": "\ud800", "arch": "x86_64", "repositories": []}, {{Tree}}]""").Select(p => p.Name));

    [Fact]
    public void A_package_may_hold_others() => Assert.Equal(
        ["tree", "tree-doc"],
        Read("""
            [{"name": "tree", "arch": "src", "repositories": [],
              "packages": [{"name": "tree-doc", "arch": "noarch", "repositories": [{"name": "x-8-baseos", "arch": "x86_64"}]}]}]
            """).Select(p => p.Name));

    [Fact]
    public void What_is_missing_or_unknown_does_no_harm()
    {
        var found = Assert.Single(Read("""
            {"packages": [7, null, {"name": "a"}, {"name": "b", "arch": "src"}, {"name": ["c"], "arch": "src", "repositories": []},
              {"name": "d", "arch": "src", "repositories": {}},
              {"name": "e", "arch": "src", "version": 1, "repositories": [7, {"arch": "src"}, {"name": "x-8-baseos", "url": "http://x/"}], "new": {"a": [1]}}]}
            """));

        Assert.Equal(("e", null), (found.Name, found.Version));
        Assert.Equal([new ReferenceRepository("x-8-baseos", "src")], found.Repositories);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"tree\"")]
    [InlineData("{}")]
    [InlineData("[[]]")]
    public void Nothing_is_found_in_what_says_nothing(string answer) => Assert.Empty(Read(answer));

    [Fact]
    public void Texts_longer_than_any_name_are_none() =>
        Assert.Empty(Read($$"""[{"name": "{{new string('a', 201)}}", "arch": "src", "repositories": []}]"""));

    private static IReadOnlyList<ReferencePackage> Read(string answer) => BeholderAnswer.Read(FreeJson.Parse(answer).Value);
}
