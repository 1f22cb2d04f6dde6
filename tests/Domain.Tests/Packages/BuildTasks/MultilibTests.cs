using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class MultilibTests
{
    private static readonly IReadOnlyList<BuildArtifact> Built =
    [
        Package("tree-libs", "i686"), Package("tree", "i686"), Package("tree-doc", "noarch"), Package("tree", "src"),
        new(9, "build.log", ArtifactType.BuildLog, "/l/", "cc"),
    ];

    [Fact]
    public void What_another_distribution_has_for_x86_64_is_taken() =>
        Assert.Equal(["tree-libs-2.1-1.i686.rpm"], Taken([Known("tree-libs", "i686", "x86_64", "i686"), Known("other", "i686", "x86_64")]));

    [Theory]
    [InlineData("tree", "i686", "i686")]
    [InlineData("tree", "x86_64", "x86_64")]
    [InlineData("tree-doc", "i686", "x86_64")]
    [InlineData("tree", "src", "x86_64")]
    public void Nothing_else_is(string name, string arch, string repository) => Assert.Empty(Taken([Known(name, arch, repository)]));

    [Fact]
    public void A_package_without_repositories_is_not() => Assert.Empty(Taken([Known("tree", "i686")]));

    [Fact]
    public void What_the_task_has_already_is_not_taken_again() => Assert.Empty(Taken([Known("tree", "i686", "x86_64")], Package("tree", "i686")));

    private static IEnumerable<string> Taken(IReadOnlyList<ReferencePackage> known, params BuildArtifact[] own) =>
        Multilib.PackagesOf(known, Built, own).Select(a => a.Name);

    private static ReferencePackage Known(string name, string arch, params string[] repositories) =>
        new(name, Version: null, arch, [.. repositories.Select(r => new ReferenceRepository("x-8-baseos", r))], Listed: null);

    private static BuildArtifact Package(string name, string arch) =>
        new(1, $"{name}-2.1-1.{arch}.rpm", ArtifactType.Rpm, "/a/1/", "aa", 100, CasHash: null, new PackageMeta(name, "0", "2.1", "1", arch, "aa"));
}
