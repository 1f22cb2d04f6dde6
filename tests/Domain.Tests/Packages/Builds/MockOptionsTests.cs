using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class MockOptionsTests
{
    [Fact]
    public void A_branch_may_name_the_dist() =>
        Assert.Equal(Json("""{"with": ["x"], "definitions": {"dist": ".el8_5"}}"""), MockOptions.WithDistOf("c8-el8_5-fix", Json("""{"with": ["x"]}""")));

    [Theory]
    [InlineData("main", """{"with": ["x"]}""")]
    [InlineData("el8_5", """{"definitions": {"dist": ".mine"}}""")]
    [InlineData("el8_5", """{"macros": {"dist": ".mine"}}""")]
    [InlineData(null, """{}""")]
    public void Otherwise_options_stay_as_they_are(string? gitRef, string options) => Assert.Equal(Json(options), MockOptions.WithDistOf(gitRef, Json(options)));

    [Theory]
    [InlineData("imports/c8/tree-1.7.0-15.el8_5", "{}", "{}", ".el8_5")]
    [InlineData("el8_5", """{"definitions": {"dist": ".mine"}}""", "{}", null)]
    [InlineData("el8_5", "{}", """{"macros": {"dist": ".mine"}}""", null)]
    [InlineData("el\u0668_\u0665", "{}", "{}", null)]
    [InlineData("main", "{}", "{}", null)]
    [InlineData(null, "{}", "{}", null)]
    public void A_dist_is_the_refs_unless_the_build_or_the_package_gives_one(string? gitRef, string build, string package, string? dist) =>
        Assert.Equal(dist, MockOptions.DistOf(gitRef, Json(build), Json(package), null));

    [Theory]
    [InlineData("""{"dist": ".text"}""")]
    [InlineData("""{"macros": ["dist"], "other": {"distribution": "x"}}""")]
    public void Only_a_definition_counts_as_given(string options) => Assert.False(MockOptions.GivesDist(Json(options)));

    private static FreeJson Json(string json) => FreeJson.Parse(json);
}
