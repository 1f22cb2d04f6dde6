using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class MockOptionsTests
{
    [Fact]
    public void What_a_node_needs_is_always_there() => Assert.Equal(Json("""{"mock": {}, "yum": {}, "definitions": {}}"""), Merge(null));

    [Fact]
    public void Unknown_keys_of_a_platform_are_passed_on() =>
        Assert.Equal(
            Json("""{"mock_dist": "el9", "timeout": 3600, "mock": {"x": [1]}, "yum": {}, "definitions": {"vendor": "Demo"}}"""),
            Merge("""{"mock_dist": "el9", "timeout": 3600, "mock": {"x": [1]}, "definitions": {"vendor": "Demo"}}"""));

    [Fact]
    public void A_text_where_an_object_belongs_gives_way() =>
        Assert.Equal(Json("""{"mock": {}, "yum": {}, "definitions": {}}"""), Merge("""{"mock": "none", "yum": null}"""));

    [Fact]
    public void The_target_arch_is_mocks() => Assert.Equal("i686", Merge(null, """{"target_arch": "i686"}""").Value.GetProperty("mock").GetProperty("target_arch").GetString());

    [Theory]
    [InlineData("""{"module_enable": "perl:5.32"}""", """["ruby:3.1","perl:5.32"]""")]
    [InlineData("""{"module_enable": ["perl:5.32", "ruby:3.1"]}""", """["ruby:3.1","perl:5.32"]""")]
    public void Modules_are_added_once(string options, string expected) =>
        Assert.Equal(expected, Merge("""{"mock": {"module_enable": ["ruby:3.1"]}}""", options).Value.GetProperty("mock").GetProperty("module_enable").GetRawText());

    [Fact]
    public void Excluded_packages_are_appended() =>
        Assert.Equal("a* b* c*", Merge("""{"yum": {"exclude": "a*"}}""", """{"yum_exclude": ["b*", "c*"]}""").Value.GetProperty("yum").GetProperty("exclude").GetString());

    [Fact]
    public void Excluded_packages_may_be_the_first() =>
        Assert.Equal("b*", Merge(null, """{"yum_exclude": ["b*"]}""").Value.GetProperty("yum").GetProperty("exclude").GetString());

    [Fact]
    public void Conditions_and_definitions_become_macros() =>
        Assert.Equal(
            Json("""{"_with_tests": "--with-tests", "_without_docs": "--without-docs", "dist": ".d9", "vendor": "Me", "extra": "1"}"""),
            new FreeJson(Merge(
                """{"definitions": {"vendor": "Demo"}}""",
                """{"with": ["tests"], "without": ["docs"], "definitions": {"dist": ".d9", "vendor": "Me"}, "other": {"extra": "1"}}""").Value.GetProperty("definitions")));

    [Fact]
    public void A_packages_options_come_after_the_builds() =>
        Assert.Equal("package", Merge(null, """{"definitions": {"a": "build"}}""", """{"definitions": {"a": "package"}}""")
            .Value.GetProperty("definitions").GetProperty("a").GetString());

    [Fact]
    public void A_secure_boot_task_gets_the_platforms_additional_packages() =>
        Assert.Equal(
            "install bash pesign keys",
            MockOptions.Merge(Json("""{"mock": {"chroot_setup_cmd": "install bash", "secure_boot_additional_packages": ["pesign", "keys"]}}"""), secureBoot: true)
                .Value.GetProperty("mock").GetProperty("chroot_setup_cmd").GetString());

    [Fact]
    public void The_platforms_own_data_stays_as_it_is()
    {
        var platform = Json("""{"mock": {"module_enable": ["a"]}}""");

        MockOptions.Merge(platform, secureBoot: false, Json("""{"module_enable": "b"}"""));

        Assert.Equal(Json("""{"mock": {"module_enable": ["a"]}}"""), platform);
    }

    [Fact]
    public void A_branch_may_name_the_dist() =>
        Assert.Equal(Json("""{"with": ["x"], "definitions": {"dist": ".el8_5"}}"""), MockOptions.WithDistOf("c8-el8_5-fix", Json("""{"with": ["x"]}""")));

    [Theory]
    [InlineData("main", """{"with": ["x"]}""")]
    [InlineData("el8_5", """{"definitions": {"dist": ".mine"}}""")]
    [InlineData(null, """{}""")]
    public void Otherwise_options_stay_as_they_are(string? gitRef, string options) => Assert.Equal(Json(options), MockOptions.WithDistOf(gitRef, Json(options)));

    private static FreeJson Json(string json) => FreeJson.Parse(json);

    private static FreeJson Merge(string? platform, params string[] options) =>
        MockOptions.Merge(platform is null ? null : Json(platform), secureBoot: false, [.. options.Select(Json)]);
}
