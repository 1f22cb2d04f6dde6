using System.Text.Json.Nodes;
using EventSourced.Api.Packages.Dialects.Albs;

namespace EventSourced.Api.Tests.Packages.Albs;

public sealed class NodeTaskDataTests
{
    [Fact]
    public void A_platform_without_options_gets_its_three_sections() =>
        Same("""{"definitions": {"vendor": "Demo"}, "mock": {}, "yum": {}}""", Merge("""{"definitions": {"vendor": "Demo"}}"""));

    [Fact]
    public void Each_mock_option_has_its_place() =>
        Same("""
            {"timeout": 5, "mock": {"target_arch": "i686", "module_enable": ["a:1", "b:2"]}, "yum": {"exclude": "x y z"},
             "definitions": {"_with_gui": "--with-gui", "_without_doc": "--without-doc", "dist": ".d9", "free": "1"}}
            """,
            Merge("""{"timeout": 5, "mock": {"module_enable": ["a:1"]}, "yum": {"exclude": "x"}}""",
                """
                {"target_arch": "i686", "module_enable": ["a:1", "b:2"], "yum_exclude": ["y", "z"], "with": ["gui"], "without": ["doc"],
                 "definitions": {"dist": ".d9"}, "macros": {"free": "1"}, "ignored": 5}
                """));

    [Fact]
    public void The_platforms_container_passes_through_and_no_option_of_a_build_changes_it() =>
        Same("""{"container": {"image": "demo:9"}, "mock": {}, "yum": {}, "definitions": {"image": "mine:1"}}""",
            Merge("""{"container": {"image": "demo:9"}}""", """{"container": {"image": "mine:1"}}"""));

    [Fact]
    public void The_packages_options_come_after_the_builds() =>
        Same("""{"mock": {}, "yum": {}, "definitions": {"dist": ".two"}}""", Merge("{}", """{"definitions": {"dist": ".one"}}""", """{"definitions": {"dist": ".two"}}"""));

    [Fact]
    public void The_refs_dist_is_put_in_place() =>
        Same("""{"mock": {}, "yum": {}, "definitions": {"vendor": "Demo", "dist": ".el8_5"}}""",
            NodeTaskData.Merge(Object("""{"definitions": {"vendor": "Demo", "dist": ".el8"}}"""), null, null, ".el8_5", secureBoot: false));

    [Fact]
    public void A_secure_boot_task_sets_up_more_packages() =>
        Assert.Equal("install @build pesign", (string?)NodeTaskData.Merge(
            Object("""{"mock": {"chroot_setup_cmd": "install @build", "secure_boot_additional_packages": ["pesign"]}}"""), null, null, null, secureBoot: true)
            ["mock"]?["chroot_setup_cmd"]);

    [Fact]
    public void What_says_nothing_changes_nothing() =>
        Same("""{"mock": {"target_arch": "i686"}, "yum": {}, "definitions": {}}""", NodeTaskData.Merge(
            Object("""{"mock": {"target_arch": "i686"}}"""), Object("""{"yum_exclude": [], "target_arch": null}"""), null, null, secureBoot: true));

    [Fact]
    public void The_stored_data_stays_as_it_is()
    {
        var stored = Object("""{"mock": {"module_enable": ["a:1"]}}""");

        NodeTaskData.Merge(stored, Object("""{"module_enable": "b:2"}"""), null, null, secureBoot: false);

        Same("""{"mock": {"module_enable": ["a:1"]}}""", stored);
    }

    private static JsonObject Merge(string data, string? build = null, string? package = null) =>
        NodeTaskData.Merge(Object(data), build is null ? null : Object(build), package is null ? null : Object(package), dist: null, secureBoot: false);

    private static JsonObject Object(string json) => JsonNode.Parse(json)!.AsObject();

    private static void Same(string expected, JsonObject actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"Expected {expected}, got {actual.ToJsonString()}");
}
