using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class SignableTests
{
    [Theory]
    [InlineData("tree-2.1-1.x86_64.rpm", ArtifactType.Rpm, true, true)]
    [InlineData("tree_2.1-1_amd64.deb", ArtifactType.Deb, false, true)]
    [InlineData("tree_2.1-1_amd64.changes", ArtifactType.Deb, true, false)]
    [InlineData("tree_2.1-1_amd64.buildinfo", ArtifactType.Deb, true, false)]
    [InlineData("albs.1.log", ArtifactType.BuildLog, false, false)]
    public void Rpms_and_the_texts_of_Debian_builds_are_signed(string name, ArtifactType type, bool signed, bool inRepository)
    {
        var artifact = new BuildArtifact(1, name, type, "/a/", null);

        Assert.Equal((signed, inRepository), (Signable.IsSigned(artifact), Signable.IsInRepository(artifact)));
    }

    [Theory]
    [InlineData("tree-1-1.src.rpm", "src", false)]
    [InlineData("tree-1-1.noarch.rpm", "x86_64", false)]
    [InlineData("tree-debuginfo-1-1.x86_64.rpm", "x86_64", true)]
    public void A_package_is_listed_under_the_arch_of_its_task(string name, string arch, bool debug) =>
        Assert.Equal((arch, debug), Signable.PlaceOf(new BuildArtifact(1, name, ArtifactType.Rpm, "/a/", null), "x86_64"));

    [Theory]
    [InlineData(false, "a-1-1.src.rpm")]
    [InlineData(false, "a-1-1.noarch.rpm")]
    [InlineData(true, "a-1-1.src.rpm", "a-1-1.noarch.rpm")]
    [InlineData(false, "a_1_all.deb")]
    [InlineData(true, "a_1_all.deb", "a_1_amd64.changes")]
    public void Source_and_binary_packages_are_needed_or_a_text(bool enough, params string[] names) =>
        Assert.Equal(enough, Signable.IsEnough([.. names.Select(n => new BuildArtifact(1, n, n.EndsWith(".rpm", StringComparison.Ordinal) ? ArtifactType.Rpm : ArtifactType.Deb, "/a/", null))]));
}
