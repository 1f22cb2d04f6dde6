using EventSourced.Domain.Packages.Platforms;
using EventSourced.ServiceDefaults;
using EventSourced.Workers.Packages.Platforms;

namespace EventSourced.Workers.Tests.Packages;

public sealed class PlatformFileTests
{
    private const string Demo = """
        - name: Demo-9
          type: rpm
          distr_type: demo
          distr_version: 9.10
          arch_list: [x86_64, aarch64]
          weak_arch_list: [{name: i686, depends_on: x86_64}]
          reference_platforms: [Other-9]
          data:
            definitions: {vendor: "Demo", dist: ".d9"}
            timeout: 90
            mock: {use_nspawn: false, empty: ~, version: '9'}
          unknown_key: [1]
          repositories:
            - {name: demo-9-base, arch: x86_64, type: rpm, debug: false, production: false, remote_url: "https://mirror.example.org/base/", priority: 5}
            - {name: demo-9-devel, arch: x86_64, type: rpm, production: true, remote_url: "https://mirror.example.org/devel/",
               remote_sync_policy: on_demand, repository_sync_policy: additive}
        """;

    [Fact]
    public void A_platform_is_read_with_its_repositories()
    {
        var platform = Assert.Single(PlatformFile.Parse(Demo));

        Assert.Equal((PlatformType.Rpm, "9.10", "i686"), (platform.PlatformType, platform.DistrVersion, platform.WeakArchList![0].Name));
        Assert.Equal(["Other-9"], platform.ToSettings().ReferencePlatforms);
        Assert.Equal(
            Domain.FreeJson.Parse("""
                {"definitions": {"vendor": "Demo", "dist": ".d9"}, "timeout": 90, "mock": {"use_nspawn": false, "empty": null, "version": "9"}}
                """),
            platform.ToSettings().Data);
        var (remote, ours) = (platform.Repositories[0].ToSettings(), platform.Repositories[1].ToSettings());
        Assert.Equal(("https://mirror.example.org/base/", false, 5), (remote.Url, remote.Production, remote.Priority));
        Assert.Equal(("/pulp/content/prod/demo-9-devel-x86_64/", true, 10, "on_demand"), (ours.Url, ours.Production, ours.Priority, ours.RemoteSyncPolicy));
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("On", true)]
    [InlineData("TRUE", true)]
    [InlineData("no", false)]
    [InlineData("OFF", false)]
    public void Booleans_are_those_of_PyYAML(string text, bool value)
    {
        var yaml = Demo.Replace("production: true", $"production: true, mock_enabled: {text}", StringComparison.Ordinal)
            .Replace("use_nspawn: false", $"use_nspawn: {text}", StringComparison.Ordinal);
        var platform = Assert.Single(PlatformFile.Parse(yaml));

        Assert.Equal(value, platform.Repositories[1].MockEnabled);
        Assert.Equal(value, (bool)platform.Data!["mock"]!["use_nspawn"]!);
    }

    [Fact]
    public void Integers_may_be_in_quotes_and_quoted_booleans_are_texts()
    {
        var yaml = Demo.Replace("priority: 5", "priority: '5'", StringComparison.Ordinal).Replace("vendor: \"Demo\"", "vendor: 'yes'", StringComparison.Ordinal);
        var platform = Assert.Single(PlatformFile.Parse(yaml));

        Assert.Equal((5, "yes"), (platform.Repositories[0].Priority, (string?)platform.Data!["definitions"]!["vendor"]));
    }

    [Theory]
    [InlineData("priority: 5", "priority: '5.5'", "[0].repositories[0].priority")]
    [InlineData("debug: false", "debug: 'no'", "[0].repositories[0].debug")]
    [InlineData("name: Demo-9", "name: De/mo", "[0].name")]
    [InlineData("reference_platforms: [Other-9]", "copy_priority_arches: ['']", "[0].copy_priority_arches")]
    [InlineData("{name: i686, depends_on: x86_64}", "~", "[0].weak_arch_list")]
    [InlineData("timeout: 90", "yum: {proxy: 'http://me:secret@proxy:3128'}", "[0].data: has credentials in a URL.")]
    [InlineData("timeout: 90", "x: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "[0].data: is nested deeper than 16 levels.")]
    [InlineData("reference_platforms: [Other-9]", "modularity: {x: 'https://m.example.org/?token=t'}", "[0].modularity: has credentials in a URL.")]
    [InlineData("timeout: 90", "<<: [1]", "line 10: what << brings is no mapping.")]
    [InlineData("type: rpm\n", "type: exe\n", "[0].type")]
    [InlineData("distr_version: 9.10", "distr_version: [9]", "[0].distr_version")]
    [InlineData("distr_version: 9.10", "x: 1", "[0].distr_version")]
    [InlineData("arch_list: [x86_64, aarch64]", "arch_list: []", "[0].arch_list")]
    [InlineData("[Other-9]", "[Other-9, ~]", "[0].reference_platforms")]
    [InlineData("priority: 5", "priority: high", "[0].repositories[0].priority")]
    [InlineData("production: false, remote_url: \"https://mirror.example.org/base/\"", "production: false", "[0].repositories[0].remote_url")]
    [InlineData("https://mirror.example.org/base/", "https://u:p@mirror.example.org/", "[0].repositories[0].remote_url")]
    [InlineData("https://mirror.example.org/base/", "https://mirror.example.org/?token=t", "[0].repositories[0].remote_url")]
    [InlineData("remote_sync_policy: on_demand", "remote_sync_policy: sometimes", "[0].repositories[1].remote_sync_policy")]
    [InlineData("name: demo-9-devel", "name: demo-9-40-br", "[0].repositories[1].name")]
    [InlineData("type: rpm, production", "type: deb, production", "[0].repositories[1].arch")]
    [InlineData("name: demo-9-base, arch: x86_64, type: rpm, debug: false, production: false", "name: demo-9, arch: devel-x86_64, type: rpm, production: true", "[0].repositories[1]: is served")]
    [InlineData("type: rpm\n", "type: rpm\n  type: deb\n", "line 3")]
    [InlineData("- name: Demo-9", "- name: {", "no YAML")]
    public void What_does_not_fit_is_named(string from, string to, string place)
    {
        var refused = Assert.Throws<FormatException>(() => PlatformFile.Parse(Demo.Replace(from, to, StringComparison.Ordinal)));

        Assert.Contains(place, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_platforms_may_have_spaces()
    {
        var yaml = Demo.Replace("name: Demo-9", "name: Demo Linux 9", StringComparison.Ordinal).Replace("[Other-9]", "[Other Linux 9]", StringComparison.Ordinal);
        var platform = Assert.Single(PlatformFile.Parse(yaml));

        Assert.Equal("Demo Linux 9", platform.Name);
        Assert.Equal(["Other Linux 9"], platform.ReferencePlatforms);
    }

    [Fact]
    public void Keys_are_merged_as_PyYAML_does()
    {
        const string Merged = """
            - &first
              name: First-9
              type: rpm
              distr_type: demo
              distr_version: 9
              arch_list: [x86_64]
              data: {a: {own: 1}, c: 1}
            - <<: *first
              name: Second-9
              data:
                e: {'<<': quoted}
                <<: [{a: 1, b: 1}, {<<: {d: 3}, b: 2, c: 2}]
                a: 0
            """;
        var second = PlatformFile.Parse(Merged)[1];

        Assert.Equal(("Second-9", "demo", "9"), (second.Name, second.DistrType, second.DistrVersion));
        Assert.Equal(Domain.FreeJson.Parse("""{"e": {"<<": "quoted"}, "a": 0, "b": 1, "c": 2, "d": 3}"""), second.ToSettings().Data);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a: 1")]
    [InlineData("--- []\n--- []")]
    [InlineData("- ~")]
    public void What_is_no_list_of_platforms_is_refused(string yaml) => Assert.Throws<FormatException>(() => PlatformFile.Parse(yaml));

    [Fact]
    public void Aliases_that_never_end_are_refused()
    {
        var tenfold = Enumerable.Range(1, 8).Select(n => $"- &a{n} [{string.Join(", ", Enumerable.Repeat($"*a{n - 1}", 10))}]\n");
        var yaml = $"- &a0 [x, x, x, x, x, x, x, x, x, x]\n{string.Concat(tenfold)}";

        Assert.Throws<FormatException>(() => PlatformFile.Parse(yaml));
    }

    [Fact]
    public void Mappings_that_are_merged_without_end_are_refused()
    {
        var tenfold = Enumerable.Range(1, 8).Select(n => $"- &a{n} {{<<: [{string.Join(", ", Enumerable.Repeat($"*a{n - 1}", 10))}]}}\n");
        var refused = Assert.Throws<FormatException>(() => PlatformFile.Parse($"- &a0 {{x: 1}}\n{string.Concat(tenfold)}"));

        Assert.Contains("more than 100000 values", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_wrong_configuration() =>
        await Assert.ThrowsAsync<ConfigurationException>(() => PlatformFile.ReadAsync("/nowhere/platforms.yaml", TestContext.Current.CancellationToken));
}
