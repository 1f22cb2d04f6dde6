using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Domain.Tests.Packages.Releases;

public sealed class ReleaseProposalTests
{
    private static readonly ReleaseDestination Rpm = new(
        "Demo-9", "9", PlatformType.Rpm, ["x86_64", "aarch64"],
        [
            Repository(1, "demo-9-devel", "x86_64"), Repository(2, "demo-9-devel", "aarch64"), Repository(3, "demo-9-devel", "src"),
            Repository(4, "demo-9-devel-debuginfo", "x86_64", debug: true),
        ]);

    private static readonly ReleaseDestination Deb = new(
        "Debian", "12", PlatformType.Deb, ["amd64", "arm64"], [Repository(1, "debian-12-devel", "amd64"), Repository(2, "debian-12-devel", "arm64")]);

    [Theory]
    [InlineData("tree-2.1-1.x86_64.rpm", "x86_64", "1")]
    [InlineData("tree-2.1-1.src.rpm", "x86_64", "3")]
    [InlineData("tree-debuginfo-2.1-1.x86_64.rpm", "x86_64", "4")]
    [InlineData("tree-debuginfo-2.1-1.aarch64.rpm", "aarch64", "")]
    [InlineData("tree-2.1-1.s390x.rpm", "s390x", "")]
    [InlineData("tree-doc-2.1-1.noarch.rpm", "aarch64", "2")]
    public void An_rpm_goes_to_the_development_repository_of_its_task(string name, string task, string repositories) =>
        Assert.Equal(repositories, TargetsOf(Rpm, Only(name, ArtifactType.Rpm, task)));

    [Fact]
    public void A_noarch_package_goes_to_every_arch_that_built_it() =>
        Assert.Equal("1,2", TargetsOf(Rpm, Only("doc-1-1.noarch.rpm", ArtifactType.Rpm, "x86_64", "aarch64", "src")));

    [Theory]
    [InlineData("tally_1.0_amd64.deb", "1")]
    [InlineData("tally_1.0_all.deb", "1,2")]
    [InlineData("tally-dbgsym_1.0_arm64.deb", "2")]
    public void A_deb_goes_to_its_arch_or_to_all(string name, string repositories) =>
        Assert.Equal(repositories, TargetsOf(Deb, Only(name, ArtifactType.Deb, name.Contains("arm64", StringComparison.Ordinal) ? "arm64" : "amd64")));

    [Fact]
    public void Each_file_name_is_there_once_and_logs_are_not()
    {
        var packages = BuiltPackage.Of(
        [
            new(new BuildId(40), "x86_64", [File("a-1-1.noarch.rpm", ArtifactType.Rpm), new(1, "build.log", ArtifactType.BuildLog, "/l/", "cc")]),
            new(new BuildId(40), "aarch64", [File("a-1-1.noarch.rpm", ArtifactType.Rpm)]),
        ]);

        Assert.Equal(["x86_64", "aarch64"], Assert.Single(packages).TaskArches);
    }

    [Fact]
    public void What_was_built_for_the_platform_itself_goes_before_what_was_built_for_a_compatible_one()
    {
        var (own, other) = (File("a-1-1.noarch.rpm", ArtifactType.Rpm), File("a-1-1.noarch.rpm", ArtifactType.Rpm) with { Href = "/other/" });
        var (more, elsewhere) = (File("a-more-1-1.noarch.rpm", ArtifactType.Rpm), File("b-1-1.noarch.rpm", ArtifactType.Rpm));

        var packages = BuiltPackage.Of(
        [
            new(new BuildId(40), "x86_64", [other, more], Index: 0, Rank: 1), new(new BuildId(40), "aarch64", [own], Index: 0, Rank: 0),
            new(new BuildId(40), "x86_64", [elsewhere], Index: 1, Rank: 1), new(new BuildId(41), "x86_64", [other], Index: 0, Rank: 1),
        ]);

        Assert.Equal([(own.Name, own.Href, "aarch64"), (elsewhere.Name, elsewhere.Href, "x86_64")],
            packages.Select(p => (p.FileName, p.Artifact.Href, string.Join(',', p.TaskArches))));
    }

    [Theory]
    [InlineData(ArtifactType.Rpm, "a-1-1.noarch.rpm", "b-1-1.src.rpm", "b-1-1.src.rpm")]
    [InlineData(ArtifactType.Rpm, "a-1-1.noarch.rpm", null, "a-1-1.src.rpm")]
    [InlineData(ArtifactType.Deb, "a_1-1_all.deb", "a", "a_1-1.dsc")]
    public void The_source_package_is_named_by_its_file(ArtifactType type, string name, string? said, string source)
    {
        var package = File(name, type);
        var other = File(type is ArtifactType.Deb ? "a_1-1.dsc" : "a-1-1.src.rpm", type);
        var plan = ReleaseProposal.Of(Rpm, BuiltPackage.Of([new(new BuildId(40), "x86_64", [other, package with { Meta = package.Meta! with { Source = said } }])]), []);

        Assert.Contains($"\"source\":\"{source}\"", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_has_the_shape_of_the_contract()
    {
        var package = Only("tree-2.1-1.d9.x86_64.rpm", ArtifactType.Rpm, "x86_64");

        var plan = ReleaseProposal.Of(Rpm with { Repositories = [Rpm.Repositories[0]] }, [package], []);

        Assert.Equal(
            FreeJson.Parse("""
                {"packages": [
                   {"package": {"name": "tree", "epoch": "0", "version": "2.1", "release": "1.d9", "arch": "x86_64", "full_name": "tree-2.1-1.d9.x86_64.rpm",
                                "artifact_href": "/a/1/", "href_from_repo": null, "build_id": 40, "source": "tree-2.1-1.d9.src.rpm", "task_arch": "x86_64",
                                "sha256": "aa", "cas_hash": null, "force": false, "force_not_notarized": false},
                    "repositories": [{"id": 1, "name": "demo-9-devel", "arch": "x86_64", "debug": false, "url": "http://s/1/"}],
                    "repo_arch_location": ["x86_64"]}],
                 "repositories": [{"id": 1, "name": "demo-9-devel", "arch": "x86_64", "debug": false, "url": "http://s/1/"}],
                 "modules": [], "packages_from_repos": {}, "packages_in_repos": {}}
                """),
            plan);
    }

    [Fact]
    public void What_targets_have_already_is_said()
    {
        var package = Only("tree-2.1-1.d9.x86_64.rpm", ArtifactType.Rpm, "x86_64");

        var plan = ReleaseProposal.Of(Rpm, [package], [new(new(2), package.FileName, "ff"), new(new(1), package.FileName, "aa")]).Value;

        Assert.Equal("""{"tree-2.1-1.d9.x86_64.rpm":[1,2]}""", plan.GetProperty("packages_in_repos").GetRawText());
        Assert.Equal("""{"tree-2.1-1.d9.x86_64.rpm":1}""", plan.GetProperty("packages_from_repos").GetRawText());
        Assert.Equal("/a/1/", plan.GetProperty("packages")[0].GetProperty("package").GetProperty("href_from_repo").GetString());
    }

    [Theory]
    [InlineData("aa", "/b/1/", "{\"tally_1.0_amd64.deb\":1}")]
    [InlineData("ff", "/a/1/", "{}")]
    [InlineData(null, "/a/1/", "{\"tally_1.0_amd64.deb\":1}")]
    [InlineData(null, "/b/1/", "{}")]
    public void A_file_whose_digest_nobody_said_is_known_by_its_reference(string? sha256, string href, string same)
    {
        var package = Only("tally_1.0_amd64.deb", ArtifactType.Deb, "amd64");

        var plan = ReleaseProposal.Of(Deb, [package], [new(new(1), package.FileName, sha256, href)]).Value;

        Assert.Equal(same, plan.GetProperty("packages_from_repos").GetRawText());
        Assert.Equal("""{"tally_1.0_amd64.deb":[1]}""", plan.GetProperty("packages_in_repos").GetRawText());
    }

    [Fact]
    public void A_plan_that_was_put_keeps_what_we_do_not_know()
    {
        var package = Only("tree-2.1-1.d9.x86_64.rpm", ArtifactType.Rpm, "x86_64");

        var plan = ReleaseProposal.Refreshed(
            FreeJson.Parse("""{"packages": [], "mine": {"a": [1]}, "packages_in_repos": {"old": [1]}}"""), [package], [new(new(1), package.FileName, "ff")]);

        Assert.Equal(
            FreeJson.Parse("""{"packages": [], "mine": {"a": [1]}, "packages_in_repos": {"tree-2.1-1.d9.x86_64.rpm": [1]}, "packages_from_repos": {}}"""), plan);
    }

    [Fact]
    public void Names_of_packages_are_read_from_any_json()
    {
        Assert.Equal(["a", "b"], ReleasePlan.NamesIn(FreeJson.Parse("""{"packages": [{"package": {"name": "b"}}, 7, {"package": {"name": "a"}}, {"package": []}]}""")));
        Assert.Empty(ReleasePlan.NamesIn(FreeJson.Parse("[]")));
    }

    private static string TargetsOf(ReleaseDestination to, BuiltPackage package) =>
        string.Join(',', ReleaseProposal.TargetsOf(to, package).Select(r => r.RepositoryId.Value));

    private static ReleaseRepository Repository(int id, string name, string arch, bool debug = false) => new(new(id), name, arch, debug, $"http://s/{id}/");

    private static BuiltPackage Only(string name, ArtifactType type, params string[] tasks) => new(new BuildId(40), File(name, type), tasks);

    private static BuildArtifact File(string name, ArtifactType type)
    {
        var arch = type is ArtifactType.Rpm ? name.Split('.')[^2] : Path.GetFileNameWithoutExtension(name).Split('_')[^1];
        return new(1, name, type, "/a/1/", "aa", 100, null, new PackageMeta("tree", "0", "2.1", "1.d9", arch, "aa", "tree-2.1-1.d9.src.rpm"));
    }
}
