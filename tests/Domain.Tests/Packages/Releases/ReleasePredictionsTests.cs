using System.Text.Json;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Domain.Tests.Packages.Releases;

public sealed class ReleasePredictionsTests
{
    private static readonly ReleaseDestination Demo = new(
        "Demo-9", "9", PlatformType.Rpm, ["x86_64", "aarch64"],
        [
            Repository("baseos", "x86_64"), Repository("baseos", "aarch64"), Repository("baseos", "i686"), Repository("baseos", "src"),
            Repository("baseos-debuginfo", "x86_64", debug: true), Repository("baseos-debuginfo", "src"), Repository("appstream", "x86_64"),
            Repository("devel", "x86_64"), Repository("devel", "i686"), Repository("devel", "src"), Repository("devel-debuginfo", "x86_64", debug: true),
        ]);

    [Theory]
    [InlineData("centos-8-baseos", "demo-9-baseos.x86_64")]
    [InlineData("centos-stream-9-appstream", "demo-9-appstream.x86_64")]
    [InlineData("x-8.5-baseos", "demo-9-baseos.x86_64")]
    [InlineData("x-8-powertools", "demo-9-devel.x86_64")]
    [InlineData("baseos", "demo-9-devel.x86_64")]
    [InlineData("x-8-", "demo-9-devel.x86_64")]
    public void A_repository_has_its_counterpart_or_the_development_one_is_taken(string theirs, string ours) =>
        Assert.Equal(ours, Documented(Built("tree"), Known("tree", repositories: (theirs, "x86_64"))));

    [Theory]
    [InlineData("tree-debuginfo", "x86_64", "x-8-baseos-debuginfo", "x86_64", "demo-9-baseos-debuginfo.x86_64")]
    [InlineData("tree", "src", "x-8-baseos", "src", "demo-9-baseos.src")]
    [InlineData("tree", "src", "x-8-baseos-debuginfo", "src", "demo-9-baseos-debuginfo.src")]
    [InlineData("tree", "i686", "x-8-baseos", "x86_64", "demo-9-baseos.x86_64")]
    public void Debug_is_by_name_but_not_for_sources_and_the_arch_is_the_repositorys(
        string name, string arch, string theirs, string repositoryArch, string ours) =>
        Assert.Equal(ours, Documented(Built(name, arch), Known(name, arch: arch, repositories: (theirs, repositoryArch))));

    [Fact]
    public void A_package_goes_to_each_repository_once()
    {
        var known = Known(
            "doc", arch: "noarch", repositories: [("x-8-baseos", "x86_64"), ("y-8-baseos", "x86_64"), ("x-8-baseos", "aarch64"), ("x-8-baseos", "s390x")]);

        Assert.Equal("demo-9-baseos.x86_64 demo-9-baseos.aarch64", Documented(Built("doc", "noarch"), known));
    }

    [Theory]
    [InlineData("tree", "2.0", "x86_64")]
    [InlineData("tree", null, "x86_64")]
    [InlineData("tree", "2.1", "aarch64")]
    [InlineData("Tree", "2.1", "x86_64")]
    public void In_the_documented_form_nothing_but_the_same_counts(string name, string? version, string arch) => Assert.Equal(
        "demo-9-devel.x86_64",
        Documented(
            Built("tree"), Known(name, version, arch, repositories: ("x-8-baseos", "x86_64")),
            Known(name, version, arch, BeholderMatch.Closest, ("x-8-baseos", "x86_64"))));

    [Fact]
    public void In_the_documented_form_weak_arches_are_as_any_other() =>
        Assert.Equal("demo-9-devel.i686", Documented(Built("tree", "i686"), Known("tree", repositories: ("x-8-baseos", "x86_64"))));

    [Theory]
    [InlineData(BeholderMatch.Exact, "2.1", 1, "exact")]
    [InlineData(null, "2.1", 1, "exact")]
    [InlineData(BeholderMatch.Closest, "2.0", 2, "closest")]
    [InlineData(BeholderMatch.NameVersion, "2.1", 2, "name_version")]
    [InlineData(BeholderMatch.NameOnly, "2.1", 2, "name_only")]
    [InlineData(BeholderMatch.Exact, "2.0", 2, "name_only")]
    [InlineData(BeholderMatch.NameVersion, "2.0", 2, "name_only")]
    [InlineData(null, null, 2, "name_only")]
    public void In_the_current_form_trust_follows_the_match(BeholderMatch? listed, string? version, int trust, string matched)
    {
        var target = PlannedTarget(Current([Known("tree", version, "x86_64", listed, ("x-8-baseos", "x86_64"))]), Built("tree"));

        Assert.Equal("demo-9-baseos", target.GetProperty("name").GetString());
        Assert.Equal((trust, matched), (target.GetProperty("trustness").GetInt32(), target.GetProperty("matched").GetString()));
    }

    [Fact]
    public void The_better_match_wins_then_the_distribution_that_comes_first()
    {
        Assert.Equal("demo-9-appstream.x86_64", TargetsOf(Current([
            Known("tree", "1", "x86_64", BeholderMatch.Closest, ("x-8-baseos", "x86_64")),
            Known("tree", "2.1", "x86_64", BeholderMatch.Exact, ("x-8-appstream", "x86_64")),
        ]), Built("tree")));
        Assert.Equal("demo-9-baseos.x86_64", TargetsOf(Current([
            Known("tree", "1", "x86_64", BeholderMatch.Closest, ("x-8-baseos", "x86_64")),
            Known("tree", "2", "x86_64", BeholderMatch.Closest, ("y-8-appstream", "x86_64")),
        ]), Built("tree")));
    }

    [Fact]
    public void A_match_without_a_place_here_leaves_it_to_the_next() => Assert.Equal("demo-9-baseos.x86_64", TargetsOf(Current([
        Known("tree", repositories: ("x-8-powertools", "x86_64")), Known("tree", "1", repositories: ("x-8-baseos", "x86_64")),
    ]), Built("tree")));

    [Fact]
    public void A_weak_arch_goes_where_its_strong_one_goes_unless_it_is_known_as_well()
    {
        var strong = Known("tree", repositories: [("x-8-baseos", "x86_64"), ("x-8-baseos", "src")]);
        var own = Known("tree", arch: "i686", repositories: ("x-8-appstream", "x86_64"));

        Assert.Equal("demo-9-baseos.i686 demo-9-baseos.src", TargetsOf(Current([strong]), Built("tree", "i686")));
        Assert.Equal("demo-9-appstream.x86_64", TargetsOf(Current([strong, own]), Built("tree", "i686")));
        Assert.Equal("", TargetsOf(Current([strong]), Built("tree", "s390x")));
    }

    [Fact]
    public void Without_a_prediction_the_development_repository_is_taken_without_trust()
    {
        var target = PlannedTarget(Current([]), Built("tree"));

        Assert.Equal(("demo-9-devel", 0), (target.GetProperty("name").GetString(), target.GetProperty("trustness").GetInt32()));
        Assert.False(target.TryGetProperty("matched", out _));
    }

    [Fact]
    public void Without_an_answer_nothing_is_said_about_trust() => Assert.False(PlannedTarget(null, Built("tree")).TryGetProperty("trustness", out _));

    [Fact]
    public void The_arches_of_a_prediction_are_those_of_its_repositories()
    {
        var known = Known("doc", arch: "noarch", repositories: [("x-8-baseos", "x86_64"), ("x-8-baseos", "aarch64"), ("x-8-appstream", "x86_64")]);

        Assert.Equal(
            """["x86_64","aarch64"]""",
            Planned(ReleasePredictions.Documented([known]), Built("doc", "noarch")).GetProperty("repo_arch_location").GetRawText());
    }

    private static ReleasePredictions Current(IEnumerable<ReferencePackage> known) => ReleasePredictions.Current(known, [new WeakArch("i686", "x86_64")]);

    private static string Documented(BuiltPackage package, params ReferencePackage[] known) => TargetsOf(ReleasePredictions.Documented(known), package);

    private static string TargetsOf(ReleasePredictions? predictions, BuiltPackage package) =>
        string.Join(' ', ReleaseProposal.TargetsOf(Demo with { Predictions = predictions }, package).Select(r => $"{r.Name}.{r.Arch}"));

    private static JsonElement Planned(ReleasePredictions? predictions, BuiltPackage package) =>
        ReleaseProposal.Of(Demo with { Predictions = predictions }, [package], []).Value.GetProperty("packages")[0];

    private static JsonElement PlannedTarget(ReleasePredictions? predictions, BuiltPackage package) =>
        Assert.Single(Planned(predictions, package).GetProperty("repositories").EnumerateArray());

    private static ReferencePackage Known(
        string name, string? version = "2.1", string arch = "x86_64", BeholderMatch? listed = null, params (string Name, string Arch)[] repositories) =>
        new(name, version, arch, [.. repositories.Select(r => new ReferenceRepository(r.Name, r.Arch))], listed);

    private static ReleaseRepository Repository(string name, string arch, bool debug = false) =>
        new(new(name.Length * 100 + arch.Length), $"demo-9-{name}", arch, debug, "http://s/");

    private static BuiltPackage Built(string name, string arch = "x86_64")
    {
        var meta = new PackageMeta(name, "0", "2.1", "1.d9", arch, "aa");
        var file = new BuildArtifact(1, $"{name}-2.1-1.d9.{arch}.rpm", ArtifactType.Rpm, "/a/1/", "aa", 100, CasHash: null, meta);
        return new(new BuildId(40), file, [arch is "src" or "noarch" ? "x86_64" : arch]);
    }
}
